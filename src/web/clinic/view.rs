//! What the page of the clinic shows.

use crate::access::{Policy, SexChromosomes};
use crate::web::shell::Shell;
use askama::Template;

#[derive(Template)]
#[template(path = "clinic.html")]
pub struct ClinicPage {
    shell: Shell,
    masked: bool,
}

impl ClinicPage {
    pub fn new(shell: Shell, policy: Policy) -> Self {
        Self {
            shell,
            masked: policy.sex_chromosomes == SexChromosomes::Masked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::shell::Section;

    #[test]
    fn what_holds_is_chosen() {
        for (sex_chromosomes, value, other) in [
            (SexChromosomes::Shown, "shown", "masked"),
            (SexChromosomes::Masked, "masked", "shown"),
        ] {
            let shell = Shell::of_somebody(Section::Clinic, "Clinic");
            let html = ClinicPage::new(shell, Policy { sex_chromosomes })
                .render()
                .unwrap();
            assert!(html.contains(&format!(r#"value="{value}" checked"#)));
            assert!(html.contains(&format!(r#"value="{other}">"#)));
            assert!(html.contains("the-csrf-token"));
        }
    }
}
