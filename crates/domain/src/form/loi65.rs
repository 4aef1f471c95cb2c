//! Loi65 / Wet65: a centre's decisions and costs, for the State to refund. LoiWet65_AB, C and DF_decision_Request.xsd,
//! LoiWet65_Common.xsd.
//!
//! Prefixes: `l` is the namespace of the forms, `k` that of what they share, `c` that of all classic services. Stricter
//! than the schema, for what has no sense or no end otherwise: amounts are not negative (their unit is not public, they
//! go out as they came), texts have at most 100 characters, lists at most 100 elements, a duration says something, a
//! request has a form.

mod ab;
mod c;
mod df;

pub(super) use self::ab::AB;
pub(super) use self::c::C;
pub(super) use self::df::DF;
use super::holds::{DAY, FLAG, SSIN};
use super::{Group, Holds, Part, Rule, Simple, list, one, optional};

/// The number of the file; the number of the organisation before it is its own.
static FILE: Group = Group {
    parts: &[
        one("k:KBOBCE", "", Holds::OwnNumber),
        one("k:FileID", "fileId", exactly!(11)),
    ],
    rules: &[],
};

const FILE_IDENTIFICATION: Part = one("k:FileIdentification", "", Holds::Group(&FILE));

/// A period and the quality code it is for.
static INTEGRATION: Group = Group {
    parts: &[
        one("@qualitycode", "qualityCode", integer!(0, 999)),
        one("c:StartDate", "startDate", DAY),
        one("c:EndDate", "endDate", DAY),
    ],
    rules: &[Rule::InOrder("startDate", "endDate")],
};

const INTEGRATIONS: Part = list(
    "l:Integration",
    "integrations",
    0,
    100,
    Holds::Group(&INTEGRATION),
);

const DISINTEGRATIONS: Part = list(
    "l:Desintegration",
    "disintegrations",
    0,
    100,
    Holds::Group(&INTEGRATION),
);

const CBSS_EVALUATION: Part = optional(
    "l:CBSSEvaluation",
    "cbssEvaluation",
    Holds::Value(Simple::OneOf {
        words: &["ACCEPTED", "REFUSED"],
        expected: "ACCEPTED or REFUSED",
    }),
);

/// Not negative; the unit is not public.
const AMOUNT: Holds = integer!(0, 99999999);

/// A person whom a file is about.
static BENEFICIARY: Group = Group {
    parts: &[
        one("k:SSIN", "ssin", SSIN),
        optional("k:Name", "name", text!(1, 100)),
        optional("k:Firstname", "firstName", text!(1, 100)),
        optional("k:BirthDate", "birthDate", Holds::Value(Simple::IncompleteDate)),
    ],
    rules: &[],
};

/// For how long; one of the three at least.
static DURATION: Group = Group {
    parts: &[
        optional("k:Days", "days", integer!(0, 366)),
        optional("k:Weeks", "weeks", integer!(0, 52)),
        optional("k:Months", "months", integer!(0, 12)),
    ],
    rules: &[Rule::SomeOf(&["days", "weeks", "months"])],
};

/// Employment and other aid of a beneficiary.
static SOCIAL_AID: Group = Group {
    parts: &[
        optional("k:Art60p7", "art60p7", Holds::Group(&ART60P7)),
        optional("k:Art61", "art61", FLAG),
        optional("k:ActivationType", "activationType", text!(1, 2)),
        optional("k:PartnerConvention", "partnerConvention", text!(1, 2)),
        optional("k:Alimony", "alimony", FLAG),
    ],
    rules: &[],
};

/// Employment under article 60, paragraph 7.
static ART60P7: Group = Group {
    parts: &[
        one("k:Type", "type", text!(1, 2)),
        one("k:Schedule", "schedule", text!(1, 2)),
        one("k:WorkPlace", "workPlace", text!(1, 2)),
    ],
    rules: &[],
};
