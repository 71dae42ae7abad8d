//! Codes in the tables are spelled as in the API: one spelling, kept by serde.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The code of a unit variant.
pub(super) fn code<T: Serialize>(variant: T) -> Option<String> {
    match serde_json::to_value(variant) {
        Ok(Value::String(code)) => Some(code),
        _ => None,
    }
}

/// The variant of a code; `None` for one that this binary does not know.
pub(super) fn variant<T: DeserializeOwned>(code: &str) -> Option<T> {
    serde_json::from_value(Value::String(code.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{Filing, HoldReason, State};
    use crate::domain::analysis::{Kind, RefusalCode};

    #[test]
    fn codes_come_back_as_what_they_were() {
        assert_eq!(code(State::Refused).as_deref(), Some("refused"));
        assert_eq!(code(Kind::SemenAnalysis).as_deref(), Some("semen_analysis"));
        assert_eq!(code(RefusalCode::TimedOut).as_deref(), Some("timed_out"));
        assert_eq!(variant::<Filing>("held"), Some(Filing::Held));
        assert_eq!(variant::<Filing>("else"), None);
        assert_eq!(
            code(HoldReason::KindDoesNotFit).as_deref(),
            Some(HoldReason::KindDoesNotFit.code())
        );
    }
}
