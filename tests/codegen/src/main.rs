//! Regenerates `crates/proto/src/generated` and the descriptor set from `proto/`, in pure Rust.
//!
//! `cargo run -p sabt-codegen` writes; `cargo run -p sabt-codegen -- --check` compares and fails on a difference.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use prost::Message as _;

const FILES: [&str; 4] = [
    "sabt/event/v1/event.proto",
    "sabt/event/v1/disclosure.proto",
    "sabt/extract/v1/extract.proto",
    "sabt/api/v1/registry.proto",
];

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let check = std::env::args().any(|arg| arg == "--check");
    match run(&root, check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("codegen: {err}");
            ExitCode::FAILURE
        }
    }
}

fn run(root: &Path, check: bool) -> Result<(), Box<dyn std::error::Error>> {
    let committed = root.join("crates/proto/src/generated");
    let out = if check { scratch()? } else { committed.clone() };
    std::fs::create_dir_all(&out)?;
    let descriptors = protox::compile(FILES, [root.join("proto")])?;
    #[expect(
        clippy::disallowed_methods,
        reason = "generated code is a source file, not a ledger"
    )]
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure()
        .out_dir(&out)
        .emit_rerun_if_changed(false)
        .build_client(true)
        .build_server(true)
        .compile_fds(descriptors)?;
    if !check {
        return Ok(());
    }
    for name in [
        "descriptors.bin",
        "sabt.event.v1.rs",
        "sabt.extract.v1.rs",
        "sabt.api.v1.rs",
    ] {
        if std::fs::read(out.join(name))? != std::fs::read(committed.join(name))? {
            return Err(format!("{name} differs: run `cargo run -p sabt-codegen`").into());
        }
    }
    std::fs::remove_dir_all(out)?;
    Ok(())
}

fn scratch() -> std::io::Result<PathBuf> {
    let dir = std::env::temp_dir().join(format!("sabt-codegen-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}
