//! Named places where a test makes the process fail, set by the variable FAILPOINTS, as in
//! `FAILPOINTS="upload.before_commit=return;upload.chunk=3*panic"`.
//!
//! `return` ends the process there and then, as a kill would (nothing is unwound, nothing is told);
//! `panic`, `sleep(milliseconds)` and counts before them are those of the crate `fail`. Without the
//! feature `failpoints`, which no release has, a place is nothing at all.

#[cfg(feature = "failpoints")]
macro_rules! fail_point {
    ($name:literal) => {
        let _: Option<()> = fail::eval($name, |_| std::process::abort());
    };
}

#[cfg(not(feature = "failpoints"))]
macro_rules! fail_point {
    ($name:literal) => {};
}

pub(crate) use fail_point;
