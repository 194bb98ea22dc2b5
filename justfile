# Runs all checks of CI.

check:
    bash .ci/run

format:
    cargo fmt --all --check

lint:
    cargo clippy --workspace --all-targets -- -D warnings
    cargo clippy -p skipstone -- -D warnings

docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

test:
    cargo test

examples:
    cargo run -q -p skipstone --example ten_lines

# Measures a process with nothing to do (release build).
bench:
    cargo bench -p customer-analysis

# Compares the public API with that of the last release; before the first one there is nothing to compare with.
semver:
    cargo semver-checks --baseline-rev "$(git describe --tags --abbrev=0 --match 'v*')" -p skipstone --only-explicit-features --features cli
