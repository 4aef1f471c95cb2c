//! The metrics page of a service.

use relay_testkit::http;
use relay_testkit::installation::Running;

/// The page.
pub(crate) async fn page(service: &Running) -> String {
    let reply = http::get(service.address, "/metrics")
        .await
        .expect("the metrics page");
    assert_eq!(reply.status, 200);
    reply.body
}

/// The sum of a family's samples that carry all of these labels.
pub(crate) async fn sum(service: &Running, name: &str, labels: &[(&str, &str)]) -> f64 {
    let page = page(service).await;
    let labels: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}=\"{value}\""))
        .collect();
    page.lines()
        .filter(|line| {
            let family = line.split(['{', ' ']).next();
            family == Some(name) && labels.iter().all(|label| line.contains(label.as_str()))
        })
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}
