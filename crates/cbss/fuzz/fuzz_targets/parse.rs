//! Any bytes under any header: read or refused, within the limits, without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relay_cbss::{Limits, ParseOptions, identify_person, manage_access, tx25};
use relay_domain::Language;

fuzz_target!(|input: (Option<&str>, &[u8])| {
    let (content_type, body) = input;
    let limits = Limits::for_reply_size(1 << 20);
    for language in Language::ALL {
        let options = ParseOptions { language, limits };
        for reply in [
            tx25::parse(body, content_type, &options),
            manage_access::parse(body, content_type, &options),
            identify_person::parse(body, content_type, &options),
        ]
        .into_iter()
        .flatten()
        {
            let bytes: usize = reply
                .rows
                .iter()
                .flat_map(|row| &row.fields)
                .map(|f| f.path.len() + f.value.len())
                .sum();
            assert!(bytes <= limits.max_text + limits.max_bytes && reply.rows.len() <= limits.max_rows);
        }
    }
});
