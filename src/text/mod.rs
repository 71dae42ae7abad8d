//! Bytes to pages of positioned text.
pub mod page;
