//! The `chartgap` command.
fn main() {}
