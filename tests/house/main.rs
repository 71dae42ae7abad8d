//! Tests of the house as its users meet it.

#[allow(dead_code, reason = "not every build of the tests needs every file")]
mod hostile;
mod text;
