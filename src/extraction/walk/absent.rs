//! Results that the report says there are none of: not done, insufficient, pending.

use super::{Section, Walk};
use crate::domain::analysis::Absent;
use crate::extraction::finding::Place;
use crate::extraction::pieces::{LabelPiece, Piece, What};
use crate::lexicon::{fold, tokens};

impl<'l> Walk<'l> {
    pub(super) fn note_absent(
        &mut self,
        label: &LabelPiece<'l>,
        results: &[&Piece<'l>],
        place: Place<'l>,
        source: &str,
    ) {
        let Some(piece) = results
            .iter()
            .find(|piece| matches!(piece.what, What::Words))
        else {
            return;
        };
        let folded = fold(&piece.text);
        let spoken: Vec<&str> = tokens(&folded).collect();
        let Some((reason, _)) = self.lexicon.words.absent.longest(&spoken) else {
            return;
        };
        let candidate = label
            .label
            .candidates
            .iter()
            .filter_map(|c| Some((c, self.lexicon.analyte(c.analyte)?)))
            .find(|(c, analyte)| !c.needs_context || place.topics.speak_of(analyte.group));
        let Some((_, analyte)) = candidate else {
            return;
        };
        if self.section == Section::Results {
            self.found.absent.push(Absent {
                analyte: analyte.code.clone(),
                reason: *reason,
                source_text: source.to_owned(),
                page: u32::try_from(place.page + 1).ok(),
            });
        }
    }
}
