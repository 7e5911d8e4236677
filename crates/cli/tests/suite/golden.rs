//! Golden scripts: what the command prints for a script is compared, to the byte, with what was reviewed.
//!
//! ```text
//!   tests/scripts/<topic>/NAME.sql ─▶ bowline sql DIR.bowline -f NAME.sql --echo --keep-going ─┐
//!                                  ─▶ bowline check DIR.bowline   (the database reopened)      ─┴▶ NAME.out
//! ```
//!
//! Each script runs twice, on a new database directory and in memory, and must print the same. Output and messages
//! are taken interleaved. Other files of the topic's folder are copied beside the script, so that COPY can name them.
//! Every example in `examples/` is a golden script too; its output is `tests/scripts/examples/NAME.out`.
//!
//! `BOWLINE_BLESS=1 cargo test --release -p bowline-cli golden` rewrites the expected files; review the diff like code.
//! `BOWLINE_SCRIPTS=text` limits a run to the scripts whose path contains the text.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Separates what the script printed from what the check of the reopened database found.
const CHECK_HEADING: &str = "---- bowline check ----\n";

/// A script and the file that holds its expected output.
pub(crate) struct Script {
    pub(crate) path: PathBuf,
    pub(crate) expected: PathBuf,
}

#[test]
fn scripts_print_what_was_reviewed() {
    let scripts = all_scripts();
    assert!(!scripts.is_empty(), "there were believed to be scripts in tests/scripts and examples");
    let failures = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(failure) = judge(script) {
                failures.lock().expect("no judge panics").push(failure);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    let mut failures = failures.into_inner().expect("no judge panics");
    failures.sort();
    assert!(failures.is_empty(), "{} of {} scripts differ\n\n{}", failures.len(), scripts.len(), failures.join("\n"));
}

#[test]
fn every_expected_output_has_its_script() {
    let expected: Vec<PathBuf> = all_scripts().into_iter().map(|script| script.expected).collect();
    let stray = files_below(&workspace().join("tests/scripts")).into_iter();
    let stray: Vec<_> = stray.filter(|path| has_extension(path, "out") && !expected.contains(path)).collect();
    assert!(stray.is_empty() || env::var_os("BOWLINE_SCRIPTS").is_some(), "no script prints {stray:?}");
}

/// Every golden script and example, in order of path, limited by `BOWLINE_SCRIPTS`.
pub(crate) fn all_scripts() -> Vec<Script> {
    let root = workspace();
    let golden = files_below(&root.join("tests/scripts")).into_iter().map(|path| {
        let expected = path.with_extension("out");
        Script { path, expected }
    });
    let examples = files_below(&root.join("examples")).into_iter().map(|path| {
        let name = path.file_name().expect("a file has a name");
        let expected = root.join("tests/scripts/examples").join(name).with_extension("out");
        Script { path, expected }
    });
    let wanted = env::var("BOWLINE_SCRIPTS").unwrap_or_default();
    let scripts = golden.chain(examples).filter(|script| has_extension(&script.path, "sql"));
    let mut scripts: Vec<_> = scripts.filter(|script| script.path.to_string_lossy().contains(&wanted)).collect();
    scripts.sort_by(|a, b| a.path.cmp(&b.path));
    scripts
}

/// Runs a script; returns what differs, or rewrites the expected output under `BOWLINE_BLESS`.
fn judge(script: &Script) -> Option<String> {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let name = script.path.file_name().expect("a script has a name").to_string_lossy().into_owned();
    copy_folder(&script.path, directory.path());
    let on_disk = run(directory.path(), &["sql", "test.bowline", "-f", &name, "--echo", "--keep-going"]);
    let check = run(directory.path(), &["check", "test.bowline"]);
    copy_folder(&script.path, directory.path());
    let in_memory = run(directory.path(), &["sql", "-f", &name, "--echo", "--keep-going"]);

    let shown = script.path.strip_prefix(workspace()).unwrap_or(&script.path).display().to_string();
    if on_disk != in_memory {
        return Some(format!("{shown}: on disk and in memory differ\n{}", difference(&on_disk, &in_memory)));
    }
    let actual = format!("{on_disk}{CHECK_HEADING}{check}");
    if env::var_os("BOWLINE_BLESS").is_some() {
        let folder = script.expected.parent().expect("the file is in a folder");
        fs::create_dir_all(folder).expect("the folder can be made");
        fs::write(&script.expected, actual).expect("the expected output can be written");
        return None;
    }
    let expected = fs::read_to_string(&script.expected).unwrap_or_default();
    (expected != actual).then(|| format!("{shown}\n{}", difference(&expected, &actual)))
}

/// Runs the command in a directory and returns output and messages in the order they were written, with the exit
/// code as last line where it is not 0.
fn run(directory: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" \"$@\" 2>&1", env!("CARGO_BIN_EXE_bowline")]).args(arguments);
    command.current_dir(directory).env("NO_COLOR", "1").env("COLUMNS", "120").env_remove("RUST_BACKTRACE");
    let output = command.output().expect("sh is there");
    let mut text = String::from_utf8(output.stdout).expect("the command prints UTF-8");
    match output.status.code() {
        Some(0) => {}
        Some(code) => writeln!(text, "[exit {code}]").expect("writing to a String succeeds"),
        None => text.push_str("[killed by a signal]\n"),
    }
    text
}

/// Copies the script, and every other file of its folder that is no script, to the directory it runs in.
fn copy_folder(script: &Path, directory: &Path) {
    let folder = script.parent().expect("a script is in a folder");
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let wanted = path == script || !(has_extension(&path, "sql") || has_extension(&path, "out"));
        if wanted && path.is_file() {
            let name = path.file_name().expect("a file has a name");
            fs::copy(&path, directory.join(name)).expect("the file can be copied");
        }
    }
}

/// The first lines that differ, with a little of what stands before and after.
fn difference(expected: &str, actual: &str) -> String {
    const LINES_BEFORE: usize = 3;
    const LINES_SHOWN: usize = 12;
    let (expected, actual): (Vec<_>, Vec<_>) = (expected.lines().collect(), actual.lines().collect());
    let same = expected.iter().zip(&actual).take_while(|(a, b)| a == b).count();
    let mut text = format!("  from line {}:\n", same + 1);
    for line in &expected[same.saturating_sub(LINES_BEFORE)..same] {
        writeln!(text, "    {line}").expect("writing to a String succeeds");
    }
    for (sign, lines) in [('-', &expected), ('+', &actual)] {
        for line in lines.iter().skip(same).take(LINES_SHOWN) {
            writeln!(text, "  {sign} {line}").expect("writing to a String succeeds");
        }
    }
    text
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the workspace is there")
}
