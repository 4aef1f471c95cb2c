use std::collections::{BTreeMap, BTreeSet, VecDeque};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Which package depends on which, by name. Versions of one package count as one.
#[derive(Default)]
pub(crate) struct Graph {
    /// The packages of the workspace.
    pub(crate) members: BTreeSet<String>,
    /// Normal and build dependencies.
    edges: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    pub(crate) fn of_this_workspace() -> Self {
        let metadata = MetadataCommand::new()
            .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
            .exec()
            .expect("cargo metadata runs");
        let names: BTreeMap<_, _> = metadata
            .packages
            .iter()
            .map(|package| (&package.id, package.name.to_string()))
            .collect();
        let mut graph = Self::default();
        graph
            .members
            .extend(metadata.workspace_members.iter().map(|id| names[id].clone()));
        for node in metadata.resolve.expect("cargo metadata resolves").nodes {
            for dependency in node.deps {
                let mut kinds = dependency.dep_kinds.iter().map(|kind| kind.kind);
                if kinds.any(|kind| kind != DependencyKind::Development) {
                    graph.add(&names[&node.id], &names[&dependency.pkg]);
                }
            }
        }
        graph
    }

    pub(crate) fn add(&mut self, from: &str, to: &str) {
        self.edges
            .entry(from.to_owned())
            .or_default()
            .insert(to.to_owned());
    }

    pub(crate) fn dependencies(&self, of: &str) -> impl Iterator<Item = &str> {
        self.edges.get(of).into_iter().flatten().map(String::as_str)
    }

    /// A shortest way from one package to another, with both ends; none when there is no way.
    pub(crate) fn path(&self, from: &str, to: &str) -> Option<Vec<String>> {
        let mut ways = VecDeque::from([vec![from.to_owned()]]);
        let mut seen = BTreeSet::from([from]);
        while let Some(way) = ways.pop_front() {
            for next in self.dependencies(way.last()?) {
                let mut longer = way.clone();
                longer.push(next.to_owned());
                if next == to {
                    return Some(longer);
                }
                if let Some((known, _)) = self.edges.get_key_value(next)
                    && seen.insert(known)
                {
                    ways.push_back(longer);
                }
            }
        }
        None
    }
}
