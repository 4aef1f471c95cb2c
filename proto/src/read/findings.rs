//! What was noticed while a message was read.

use relay_domain::FieldError;

use crate::codes;
use crate::shape::Field;

/// An answer names so many errors; a message with more was not made by an honest mistake.
const MOST_ERRORS: usize = 100;

/// Errors so far, and the members of the `oneof` that the message has.
#[derive(Default)]
pub(crate) struct Findings {
    errors: Vec<FieldError>,
    chosen: Vec<&'static Field>,
}

impl Findings {
    /// Notes an error, unless the same place has one already that says more.
    pub(crate) fn report(&mut self, path: impl Into<String>, code: &'static str, text: impl Into<String>) {
        let path = path.into();
        if self.errors.len() > MOST_ERRORS || self.errors.iter().any(|error| covers(error, &path, code)) {
            return;
        }
        let error = if self.errors.len() == MOST_ERRORS {
            FieldError::new(
                "",
                codes::TOO_MANY_ERRORS,
                format!("there are more errors than these {MOST_ERRORS}"),
            )
        } else {
            FieldError::new(path, code, text)
        };
        self.errors.push(error);
    }

    /// Notes that the message has this member of its `oneof`.
    pub(crate) fn choose(&mut self, field: &'static Field) {
        if self.chosen.len() <= MOST_ERRORS {
            self.chosen.push(field);
        }
    }

    /// The member of the `oneof`, if there is exactly one.
    pub(crate) fn only_choice(&self) -> Option<&'static Field> {
        match self.chosen.as_slice() {
            [field] => Some(field),
            _ => None,
        }
    }

    /// How many members of the `oneof` there are.
    pub(crate) fn choices(&self) -> usize {
        self.chosen.len()
    }

    /// Did this place stand in the message, but could not be read?
    pub(crate) fn is_unread(&self, path: &str) -> bool {
        self.errors
            .iter()
            .any(|error| error.path == path && is_unread(error))
    }

    /// Is there a part of this place that stood in the message but could not be read?
    pub(crate) fn has_unread_part(&self, path: &str) -> bool {
        self.errors.iter().any(|error| {
            let rest = error.path.strip_prefix(path);
            is_unread(error) && rest.is_some_and(|rest| rest.starts_with(['.', '[']))
        })
    }

    /// The errors.
    pub(crate) fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The findings of the reader, for the checks to add to.
    pub(crate) fn start_of_checks(&self) -> Self {
        Self {
            errors: self.errors.clone(),
            chosen: self.chosen.clone(),
        }
    }

    /// The value that the checks made, or everything that is wrong.
    pub(crate) fn conclude<T>(self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            Some(_) | None => Err(self.errors),
        }
    }
}

/// Does an error make another one pointless? A field that could not be read is not missing as well, nor are
/// its parts.
fn covers(error: &FieldError, path: &str, code: &str) -> bool {
    match path.strip_prefix(error.path.as_str()) {
        Some("") => error.code == code || error.code != codes::UNKNOWN_FIELD,
        Some(rest) => is_unread(error) && rest.starts_with(['.', '[']),
        None => false,
    }
}

fn is_unread(error: &FieldError) -> bool {
    error.code == codes::WRONG_TYPE || error.code == codes::DUPLICATE_FIELD
}
