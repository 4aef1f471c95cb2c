//! One connection, with the topology declared on it.

use lapin::{Connection, ConnectionProperties};
use tokio::time::timeout;

use crate::broker::Broker;
use crate::error::AmqpError;

/// Connects and declares, within the connect time-out. `role` is what the connection is for, for people who
/// look at the broker's connection list.
pub(crate) async fn connect(broker: &Broker, role: &str) -> Result<Connection, AmqpError> {
    let options = &broker.options;
    let name = format!("{} {role}", options.name);
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    let connecting = async {
        let connection = Connection::connect_uri(options.uri(), properties)
            .await
            .map_err(|error| AmqpError::Connect {
                address: options.address(),
                reason: error.to_string(),
            })?;
        broker.topology.declare(&connection).await?;
        Ok(connection)
    };
    timeout(options.connect_timeout, connecting)
        .await
        .unwrap_or_else(|_| {
            let reason = format!("not ready within {} ms", options.connect_timeout.as_millis());
            Err(AmqpError::Connect {
                address: options.address(),
                reason,
            })
        })
}
