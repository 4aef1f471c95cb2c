//! Who may import whom: the table of ARCHITECTURE.md, checked against what cargo resolves.
//!
//! Architecture invariant: this workspace's crates depend on each other only as [`rules::RULES`] say, and
//! the pure ones reach no I/O through anything. Dev-dependencies are free: tests may use what they like.

mod check;
mod graph;
mod rules;

use check::violations;
use graph::Graph;

#[test]
fn every_crate_keeps_to_its_layer() {
    let graph = Graph::of_this_workspace();
    let found = violations(&graph, rules::RULES);
    assert!(found.is_empty(), "the layers are broken:\n{}", found.join("\n"));
}

#[test]
fn the_rules_name_only_what_exists() {
    let graph = Graph::of_this_workspace();
    for rule in rules::RULES {
        for name in std::iter::once(&rule.package).chain(rule.may.packages()) {
            assert!(
                graph.members.contains(*name),
                "{name} is no member of this workspace"
            );
        }
    }
}

/// The rules have teeth on the real graph too, not only on made-up ones.
#[test]
fn a_rule_that_reality_breaks_is_reported() {
    let graph = Graph::of_this_workspace();
    let rule = rules::Rule {
        package: "relay-store",
        may: rules::May::Only(&["relay-domain"]),
        never: &["tokio"],
    };
    let found = violations(&graph, &[rule]);
    assert!(
        found
            .iter()
            .any(|line| line == "relay-store may not depend on relay-vault"),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("relay-store may never reach tokio: relay-store -> ")),
        "{found:?}"
    );
}
