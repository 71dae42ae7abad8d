//! Values without input or output: what the rest of the house talks about.

pub mod analysis;
pub mod breaker;
pub mod flaw;
pub mod ids;
pub mod name;
pub mod sex_chromosomes;
