//! How much is accepted.

/// How much a reply may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes as received.
    pub max_bytes: usize,
    /// Elements within elements; the schemas need about 12.
    pub max_depth: usize,
    /// Elements and attributes together.
    pub max_nodes: usize,
    /// Rows.
    pub max_rows: usize,
    /// Bytes of all paths, values and texts of the result together.
    pub max_text: usize,
}

impl Limits {
    /// Limits in proportion to the largest reply that is accepted, in bytes.
    ///
    /// Real replies have one element per 35 bytes and one row per 500; a 16th and a 128th leave room and
    /// still bound what a hostile reply of that size can cost.
    #[must_use]
    pub const fn for_reply_size(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            max_depth: 64,
            max_nodes: max_bytes / 16 + 64,
            max_rows: max_bytes / 128 + 8,
            max_text: max_bytes.saturating_mul(4),
        }
    }
}

impl Default for Limits {
    /// For replies of up to 10 MiB.
    fn default() -> Self {
        Self::for_reply_size(10 * 1024 * 1024)
    }
}
