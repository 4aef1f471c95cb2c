use crate::graph::Graph;
use crate::rules::{May, Rule};

/// Every breach of the rules, each with the way by which it comes about.
pub(crate) fn violations(graph: &Graph, rules: &[Rule]) -> Vec<String> {
    let mut found = Vec::new();
    for member in &graph.members {
        if !rules.iter().any(|rule| rule.package == member) {
            found.push(format!(
                "{member} is in no rule: say in tests/layering/rules.rs where it belongs"
            ));
        }
    }
    let tools: Vec<&str> = rules
        .iter()
        .filter(|rule| matches!(rule.may, May::Anything))
        .map(|rule| rule.package)
        .collect();
    for rule in rules {
        let forbidden_tools = match rule.may {
            May::Only(allowed) => {
                found.extend(direct(graph, rule.package, allowed));
                tools.as_slice()
            }
            May::Anything => &[],
        };
        let never = rule.never.iter().chain(forbidden_tools);
        found.extend(never.filter_map(|target| reached(graph, rule.package, target)));
    }
    found
}

fn direct(graph: &Graph, package: &str, allowed: &[&str]) -> Vec<String> {
    let ours = graph
        .dependencies(package)
        .filter(|name| graph.members.contains(*name));
    let refused = ours.filter(|name| !allowed.contains(name));
    refused
        .map(|name| format!("{package} may not depend on {name}"))
        .collect()
}

fn reached(graph: &Graph, package: &str, target: &str) -> Option<String> {
    let way = graph.path(package, target)?;
    Some(format!(
        "{package} may never reach {target}: {}",
        way.join(" -> ")
    ))
}

mod tests {
    use super::violations;
    use crate::graph::Graph;
    use crate::rules::{May, Rule};

    const RULES: &[Rule] = &[
        Rule {
            package: "core",
            may: May::Only(&[]),
            never: &["socket"],
        },
        Rule {
            package: "app",
            may: May::Only(&["core"]),
            never: &[],
        },
        Rule {
            package: "kit",
            may: May::Anything,
            never: &["rival"],
        },
    ];

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::default();
        graph.members.extend(["core", "app", "kit"].map(str::to_owned));
        for (from, to) in edges {
            graph.add(from, to);
        }
        graph
    }

    #[test]
    fn what_is_allowed_passes() {
        let graph = graph(&[
            ("app", "core"),
            ("app", "socket"),
            ("core", "serde"),
            ("kit", "app"),
            ("kit", "core"),
        ]);
        assert_eq!(violations(&graph, RULES), Vec::<String>::new());
    }

    #[test]
    fn a_dependency_that_is_not_in_the_table_fails() {
        assert_eq!(
            violations(&graph(&[("core", "app")]), RULES),
            ["core may not depend on app"]
        );
    }

    #[test]
    fn what_is_reached_through_others_fails_too() {
        let graph = graph(&[("core", "a"), ("a", "b"), ("b", "a"), ("b", "socket")]);
        assert_eq!(
            violations(&graph, RULES),
            ["core may never reach socket: core -> a -> b -> socket"]
        );
    }

    #[test]
    fn the_product_never_reaches_a_tool() {
        let graph = graph(&[("app", "helper"), ("helper", "kit")]);
        assert_eq!(
            violations(&graph, RULES),
            ["app may never reach kit: app -> helper -> kit"]
        );
    }

    #[test]
    fn a_tool_has_its_own_limits() {
        let graph = graph(&[("kit", "helper"), ("helper", "rival")]);
        assert_eq!(
            violations(&graph, RULES),
            ["kit may never reach rival: kit -> helper -> rival"]
        );
    }

    #[test]
    fn a_crate_without_a_rule_fails() {
        let mut graph = graph(&[]);
        graph.members.insert("newcomer".into());
        let found = violations(&graph, RULES);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("newcomer is in no rule"), "{found:?}");
    }
}
