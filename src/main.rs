//! The `chartgap` command.

mod cli;

// A note is thousands of small pieces, many made on one thread and dropped on another: an eighth of the rate.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main()
}
