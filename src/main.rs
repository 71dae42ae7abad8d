//! `fertidoc`: see `fertidoc --help`.

fn main() -> std::process::ExitCode {
    fertidoc::cli::run()
}
