//! Short forms for the tables, which say for people what they say for the check.

/// So many characters.
macro_rules! text {
    ($least:literal, $most:literal) => {
        $crate::form::Holds::Value($crate::form::Simple::Text {
            least: $least,
            most: $most,
            expected: concat!($least, " to ", $most, " characters"),
        })
    };
}

/// Exactly so many characters.
macro_rules! exactly {
    (1) => {
        $crate::form::Holds::Value($crate::form::Simple::Text {
            least: 1,
            most: 1,
            expected: "one character",
        })
    };
    ($count:literal) => {
        $crate::form::Holds::Value($crate::form::Simple::Text {
            least: $count,
            most: $count,
            expected: concat!($count, " characters"),
        })
    };
}

/// A whole number in a range.
macro_rules! integer {
    ($least:literal, $most:literal) => {
        $crate::form::Holds::Value($crate::form::Simple::Integer {
            least: $least,
            most: $most,
            expected: concat!("a whole number from ", $least, " to ", $most),
        })
    };
}

/// At most so many digits.
macro_rules! digits {
    ($most:literal) => {
        $crate::form::Holds::Value($crate::form::Simple::Digits {
            most: $most,
            expected: concat!("1 to ", $most, " digits"),
        })
    };
}
