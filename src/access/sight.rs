//! What of its own clinic a viewer is shown.
//!
//! Two walls stand within a clinic. Donors are kept from the recipients' side: who they are is seen
//! by those alone who hold the scope `donors`. Sex chromosomes are masked where the clinic says so,
//! as the law of many countries demands of embryos; they are seen by those alone who hold
//! `genetics`. The database is told the same words with the clinic, so its policies stand behind
//! the code.

use super::{Scope, Scopes};

/// Two viewers with the same sight see the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sight {
    /// Donors, their records, and who receives from whom.
    pub donors: bool,
    /// Sex chromosomes in values, texts and pictures.
    pub sex_chromosomes: bool,
}

impl Sight {
    /// `masked` says that the clinic masks sex chromosomes.
    #[must_use]
    pub fn new(scopes: Scopes, masked: bool) -> Self {
        Self {
            donors: scopes.contains(Scope::Donors),
            sex_chromosomes: !masked || scopes.contains(Scope::Genetics),
        }
    }

    /// As the policies of the database and the keys of the cache know it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match (self.donors, self.sex_chromosomes) {
            (true, true) => "donors,genetics",
            (true, false) => "donors",
            (false, true) => "genetics",
            (false, false) => "plain",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_hides_from_those_without_the_scope_only() {
        let reader: Scopes = [Scope::Read].into_iter().collect();
        let laboratory: Scopes = [Scope::Read, Scope::Genetics].into_iter().collect();
        assert!(Sight::new(reader, false).sex_chromosomes);
        assert!(!Sight::new(reader, true).sex_chromosomes);
        assert!(Sight::new(laboratory, true).sex_chromosomes);
        assert!(!Sight::new(laboratory, true).donors);
    }
}
