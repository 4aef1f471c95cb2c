//! Byte strings side by side: each preceded by its length (u32, big-endian).

/// Packs parts.
pub(crate) fn pack(parts: &[&[u8]]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
    for part in parts {
        // Parts come from one AMQP message or one answer, whose sizes are capped far below 4 GiB.
        packed.extend_from_slice(&(part.len() as u32).to_be_bytes());
        packed.extend_from_slice(part);
    }
    packed
}

/// Unpacks exactly `N` parts.
pub(crate) fn unpack<const N: usize>(packed: &[u8]) -> Option<[&[u8]; N]> {
    let mut parts = [&[][..]; N];
    let mut rest = packed;
    for part in &mut parts {
        let (length, after) = rest.split_first_chunk::<4>()?;
        (*part, rest) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    }
    rest.is_empty().then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::{pack, unpack};

    #[test]
    fn parts_come_back() {
        let packed = pack(&[b"ab", b"", b"c"]);
        assert_eq!(unpack::<3>(&packed), Some([&b"ab"[..], &b""[..], &b"c"[..]]));
        assert_eq!(unpack::<2>(&packed), None);
        assert_eq!(unpack::<4>(&packed), None);
        assert_eq!(unpack::<3>(&packed[..5]), None);
    }
}
