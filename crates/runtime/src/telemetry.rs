//! Structured log lines on standard error.

use tracing::level_filters::LevelFilter;
use tracing::{Subscriber, error};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt};

use crate::settings::{LogFormat, LogSettings};

/// Starts logging for this process and says which service it is.
///
/// # Errors
/// When the level is no filter, or logging was started before.
pub fn init(settings: &LogSettings, service: &'static str) -> anyhow::Result<()> {
    subscriber(settings, std::io::stderr)?
        .try_init()
        .map_err(|error| anyhow::anyhow!("cannot start logging: {error}"))?;
    log_panics();
    tracing::info!(
        service.name = service,
        service.version = env!("CARGO_PKG_VERSION"),
        "service starting"
    );
    Ok(())
}

fn subscriber<W>(settings: &LogSettings, writer: W) -> anyhow::Result<impl Subscriber + Send + Sync + use<W>>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines: Box<dyn Layer<_> + Send + Sync> = match settings.format {
        LogFormat::Json => fmt::layer()
            .with_writer(writer)
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed(),
        LogFormat::Text => fmt::layer().with_writer(writer).with_ansi(false).boxed(),
    };
    let chosen = EnvFilter::try_new(&settings.level)?;
    Ok(Registry::default()
        .with(lines.with_filter(libraries()))
        .with(chosen))
}

/// What no setting can turn on: below `info` the libraries show message bodies, headers and statements, and the
/// AMQP client quotes every returned message in a warning.
fn libraries() -> Targets {
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("relay", LevelFilter::TRACE)
        .with_target("lapin::returned_messages", LevelFilter::OFF)
}

/// A panic's place goes to the log. Its text only when it is a literal: a formatted one may quote a person's data.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let text = panic
            .payload()
            .downcast_ref::<&'static str>()
            .copied()
            .unwrap_or("(formatted text withheld)");
        error!(panic.location = place, panic.text = text, "panic");
    }));
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, level: &str, events: impl FnOnce()) -> String {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let settings = LogSettings {
            format,
            level: level.to_owned(),
        };
        let subscriber = subscriber(&settings, move || writer.clone()).expect("a good level");
        tracing::subscriber::with_default(subscriber, events);
        let bytes = buffer.0.lock().expect("no panic").clone();
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn a_json_line_reads_alone_and_its_fields_keep_their_dotted_names() {
        let text = logged(LogFormat::Json, "info", || {
            tracing::info!(job.id = 7, took_ms = 3, "done")
        });
        let line: serde_json::Value = serde_json::from_str(&text).expect("one JSON line");
        assert_eq!((&line["job.id"], &line["message"]), (&7.into(), &"done".into()));
        assert!(line["timestamp"].is_string() && line["level"] == "INFO");
    }

    #[test]
    fn no_setting_lets_a_library_show_what_it_carries() {
        for level in [
            "trace",
            "lapin=trace,lapin::returned_messages=trace,relay_amqp=trace",
        ] {
            let text = logged(LogFormat::Text, level, || {
                tracing::warn!(target: "lapin::returned_messages", "body");
                tracing::trace!(target: "lapin::frames", "body");
                tracing::debug!(target: "hyper::proto", "body");
                tracing::warn!(target: "lapin::channel", "channel closed");
                tracing::debug!(target: "relay_amqp::session", "our own");
            });
            assert!(!text.contains("body"), "{text}");
            assert!(
                text.contains("channel closed") && text.contains("our own"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_level_is_obeyed() {
        let text = logged(LogFormat::Text, "warn", || {
            tracing::info!("quiet");
            tracing::warn!("loud");
        });
        assert!(!text.contains("quiet") && text.contains("loud"), "{text}");
    }
}
