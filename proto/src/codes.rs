//! The codes of [`relay_domain::FieldError`]: those that this crate gives, and those that take a look at the jobs.

/// A field that must be there is missing or empty.
pub const REQUIRED: &str = "required";
/// A field that this version of the message does not have.
pub const UNKNOWN_FIELD: &str = "unknown_field";
/// A field that stands there more than once.
pub const DUPLICATE_FIELD: &str = "duplicate_field";
/// A value of another type than the field's.
pub const WRONG_TYPE: &str = "wrong_type";
/// A value of the right type that is not allowed.
pub const INVALID: &str = "invalid";
/// A text with too many characters.
pub const TOO_LONG: &str = "too_long";
/// Check digits that do not fit.
pub const CHECKSUM: &str = "checksum";
/// None or more than one of the requests.
pub const EXACTLY_ONE_REQUEST: &str = "exactly_one_request";
/// None or both of a cancellation's ways to name its job.
pub const EXACTLY_ONE_TARGET: &str = "exactly_one_target";
/// A service that the organisation may not use.
pub const SERVICE_NOT_ENABLED: &str = "service_not_enabled";
/// The deadline is not in the future.
pub const DEADLINE_PASSED: &str = "deadline_passed";
/// The deadline leaves no time to send.
pub const NOT_BEFORE_AFTER_DEADLINE: &str = "not_before_after_deadline";
/// What `afterJob` or a cancellation names is no job of the organisation.
pub const JOB_NOT_FOUND: &str = "job_not_found";
/// The job cannot be cancelled any more: an attempt has started, or it has ended.
pub const TOO_LATE: &str = "too_late";
/// A purpose that the sector does not have.
pub const UNKNOWN_PURPOSE: &str = "unknown_purpose";
/// There are more errors than are named.
pub const TOO_MANY_ERRORS: &str = "too_many_errors";

/// All of them.
pub const ALL: [&str; 16] = [
    REQUIRED,
    UNKNOWN_FIELD,
    DUPLICATE_FIELD,
    WRONG_TYPE,
    INVALID,
    TOO_LONG,
    CHECKSUM,
    EXACTLY_ONE_REQUEST,
    EXACTLY_ONE_TARGET,
    SERVICE_NOT_ENABLED,
    DEADLINE_PASSED,
    NOT_BEFORE_AFTER_DEADLINE,
    JOB_NOT_FOUND,
    TOO_LATE,
    UNKNOWN_PURPOSE,
    TOO_MANY_ERRORS,
];
