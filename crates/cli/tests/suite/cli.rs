//! The command's edges: exit codes, streams, formats, the order of inputs, and where messages point.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
#[cfg(unix)]
use std::{thread, time::Duration};

use tempfile::{TempDir, tempdir};

/// What a run of the command left behind.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Run {
        let text = |bytes| String::from_utf8(bytes).expect("the command writes UTF-8");
        Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bowline"));
    command.args(arguments).current_dir(directory).env("XDG_DATA_HOME", directory);
    command.stdin(Stdio::null());
    command
}

fn run_in(directory: &Path, arguments: &[&str]) -> Run {
    command(directory, arguments).output().expect("the command starts").into()
}

fn run(arguments: &[&str]) -> Run {
    run_in(directory().path(), arguments)
}

fn directory() -> TempDir {
    tempdir().expect("a temporary directory")
}

fn run_stdin(script: &str, arguments: &[&str]) -> Run {
    let directory = directory();
    let mut child = command(directory.path(), arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    stdin.write_all(script.as_bytes()).expect("the command reads its input");
    drop(stdin);
    child.wait_with_output().expect("the command ends").into()
}

#[test]
fn rows_and_tags_go_to_stdout() {
    let run = run(&[
        "sql",
        "-c",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)",
        "-c",
        "INSERT INTO t VALUES (1, 'Ada'), (20, NULL)",
        "-c",
        "SELECT * FROM t ORDER BY id",
    ]);
    let expected = "CREATE TABLE\nINSERT 0 2\n id | name \n----+------\n  1 | Ada\n 20 | \n(2 rows)\n\n";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), expected, ""));
}

#[test]
fn refusals_go_to_stderr_and_exit_1() {
    let schema = "CREATE TABLE customers (id INTEGER PRIMARY KEY);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER CONSTRAINT orders_customer_fkey REFERENCES customers);";
    let run = run(&["sql", "-c", schema, "-c", "INSERT INTO orders VALUES (1, 42)"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), "CREATE TABLE\nCREATE TABLE\n"));
    let mut lines = run.stderr.lines();
    let headline =
        r#"error:  insert or update on table "orders" violates foreign key constraint "orders_customer_fkey""#;
    assert_eq!(lines.next(), Some(headline));
    assert_eq!(lines.next(), Some(r#"detail: Key (customer_id)=(42) is not present in table "customers"."#));
    assert!(lines.all(|line| line.starts_with("hint:   ") || line.starts_with("        ")), "{}", run.stderr);
}

#[test]
fn what_cannot_be_done_exits_2() {
    for arguments in [&["sql", "--no-such-option"][..], &["no-such-command"], &["sql", "-f", "missing.sql"], &[]] {
        let run = run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stderr);
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{arguments:?}");
    }
    let directory = directory();
    fs::write(directory.path().join("file"), "no database").expect("the file is written");
    let run = run_in(directory.path(), &["sql", "file", "-c", "SELECT 1"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.starts_with("error:  "), "{}", run.stderr);
}

#[test]
fn inputs_run_in_the_order_given() {
    let directory = directory();
    fs::write(directory.path().join("two.sql"), "SELECT 2 AS n;").expect("the script is written");
    let run = run_in(
        directory.path(),
        &["sql", "--format", "csv", "-c", "SELECT 1 AS n", "-f", "two.sql", "-c", "SELECT 3 AS n; SELECT 4 AS n"],
    );
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "n\n1\nn\n2\nn\n3\nn\n4\n"));
}

#[test]
fn a_script_stops_at_the_first_error_unless_told_otherwise() {
    let script = "SELECT 1 AS a; SELECT no_such_column; SELECT 2 AS b;";
    let stopped = run_stdin(script, &["sql", "--format", "csv"]);
    assert_eq!((stopped.code, stopped.stdout.as_str()), (Some(1), "a\n1\n"));
    let kept_going = run_stdin(script, &["sql", "--format", "csv", "--keep-going"]);
    assert_eq!((kept_going.code, kept_going.stdout.as_str()), (Some(1), "a\n1\nb\n2\n"));
    assert_eq!(kept_going.stderr.matches("error:").count(), 1);
}

#[test]
fn formats() {
    let sql = "SELECT 1 AS id, 'a,\"b\"' AS s, CAST(1.50 AS NUMERIC(5,2)) AS p, NULL AS n, true AS t";
    let table = run(&["sql", "-c", sql]);
    assert_eq!(
        table.stdout,
        " id |   s   |  p   | n | t \n----+-------+------+---+---\n  1 | a,\"b\" | 1.50 |   | t\n(1 row)\n\n"
    );
    let csv = run(&["sql", "--format", "csv", "-c", sql]);
    assert_eq!(csv.stdout, "id,s,p,n,t\n1,\"a,\"\"b\"\"\",1.50,,t\n");
    let json = run(&["sql", "--format", "json", "-c", sql]);
    assert_eq!(json.stdout, "[\n{\"id\": 1, \"s\": \"a,\\\"b\\\"\", \"p\": 1.50, \"n\": null, \"t\": true}\n]\n");
}

#[test]
fn programs_get_rows_and_nothing_else() {
    let sql = "CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1) RETURNING id; DELETE FROM t";
    let json = run(&["sql", "--format", "json", "-c", sql]);
    assert_eq!((json.code, json.stdout.as_str()), (Some(0), "[\n{\"id\": 1}\n]\n"));
    let table = run(&["sql", "-c", sql]);
    assert_eq!(table.stdout, "CREATE TABLE\n id \n----\n  1\n(1 row)\n\nINSERT 0 1\nDELETE 1\n");
}

#[test]
fn errors_in_the_text_point_at_the_word() {
    let typed = run(&["sql", "-c", "SELECT 1;\nSELECT *\nFORM t"]);
    assert_eq!(typed.code, Some(1));
    let mut lines = typed.stderr.lines().skip(1);
    let (line, caret) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    assert_eq!(line, "line 3: FORM t", "{}", typed.stderr);
    assert!(caret.ends_with('^') && line[caret.len() - 1..].starts_with("FORM"), "{}", typed.stderr);

    let directory = directory();
    fs::write(directory.path().join("shop.sql"), "-- shop\nSELECT 1;\n\nSELECTED 2;\n").expect("the script is written");
    let file = run_in(directory.path(), &["sql", "-f", "shop.sql"]);
    assert!(file.stderr.contains("\nshop.sql:4: SELECTED 2;\n            ^\n"), "{}", file.stderr);
}

#[test]
fn errors_in_a_file_tell_the_line_even_without_a_word() {
    let directory = directory();
    let script = "CREATE TABLE t (id INTEGER PRIMARY KEY);\nINSERT INTO t VALUES (1);\nINSERT INTO t\nVALUES (1);\n";
    fs::write(directory.path().join("t.sql"), script).expect("the script is written");
    let run = run_in(directory.path(), &["sql", "-f", "t.sql"]);
    assert!(run.stderr.contains("\nt.sql:3: INSERT INTO t\n"), "{}", run.stderr);
}

#[test]
fn a_reserved_word_as_a_name_gets_the_hint_to_quote_it() {
    let run = run(&["sql", "-c", "CREATE TABLE Order (id INTEGER)"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("hint:   ") && run.stderr.contains("\"Order\"") || run.stderr.contains("\"order\""),
        "{}",
        run.stderr
    );
}

#[test]
fn explain_is_printed_without_a_frame() {
    let sql =
        "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1); EXPLAIN DELETE FROM t; SELECT * FROM t";
    let run = run(&["sql", "-c", sql]);
    assert!(run.stdout.contains("INSERT 0 1\ndelete from t"), "{}", run.stdout);
    assert!(!run.stdout.contains("QUERY PLAN"), "{}", run.stdout);
    assert!(run.stdout.ends_with(" id \n----\n  1\n(1 row)\n\n"), "{}", run.stdout);
}

#[test]
fn echo_and_timing() {
    let run = run_stdin(
        "-- a comment\nSELECT 1\n AS a;\n\\echo two words\n",
        &["sql", "--echo", "--timing", "--format", "csv"],
    );
    assert_eq!(run.stdout, "SELECT 1\n AS a;\na\n1\n\\echo two words\ntwo words\n");
    assert!(run.stderr.starts_with("Time: ") && run.stderr.ends_with(" ms\n"), "{}", run.stderr);
}

#[test]
fn an_open_transaction_is_rolled_back_aloud() {
    let directory = directory();
    let run =
        run_in(directory.path(), &["sql", "db", "-c", "CREATE TABLE t (id INTEGER); BEGIN; INSERT INTO t VALUES (1)"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.starts_with("warning: the script ended inside a transaction"), "{}", run.stderr);
    let after = run_in(directory.path(), &["sql", "db", "--format", "csv", "-c", "SELECT count(*) AS n FROM t"]);
    assert_eq!(after.stdout, "n\n0\n");
}

#[test]
fn a_second_process_is_told_at_once() {
    let directory = directory();
    let mut holder = command(directory.path(), &["sql", "db", "-c", "\\echo open", "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut line = String::new();
    let stdout = holder.stdout.as_mut().expect("standard output is a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("the first process writes");
    assert_eq!(line, "open\n");
    let second = run_in(directory.path(), &["sql", "db", "-c", "SELECT 1"]);
    assert_eq!((second.code, second.stdout.as_str()), (Some(2), ""));
    assert!(second.stderr.contains("database is open in another process"), "{}", second.stderr);
    drop(holder.stdin.take());
    assert!(holder.wait().expect("the first process ends").success());
    assert_eq!(run_in(directory.path(), &["sql", "db", "-c", "SELECT 1"]).code, Some(0));
}

#[test]
fn check_tells_sound_from_unsound() {
    let directory = directory();
    let schema = "CREATE TABLE customers (id INTEGER PRIMARY KEY);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER);
        INSERT INTO orders VALUES (1, 42), (2, NULL), (3, 43);";
    assert_eq!(run_in(directory.path(), &["sql", "db", "-c", schema]).code, Some(0));
    let sound = run_in(directory.path(), &["check", "db"]);
    assert_eq!((sound.code, sound.stdout.as_str(), sound.stderr.as_str()), (Some(0), "no violations\n", ""));

    let not_valid = "ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers NOT VALID";
    let added = run_in(directory.path(), &["sql", "db", "-c", not_valid]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let unsound = run_in(directory.path(), &["check", "db"]);
    assert_eq!(unsound.code, Some(1));
    assert!(
        unsound.stdout.contains("orders_customer_fkey") && unsound.stdout.ends_with("(2 rows)\n\n"),
        "{}",
        unsound.stdout
    );
    assert!(unsound.stderr.starts_with("error:  2 violations found\n"), "{}", unsound.stderr);
    let csv = run_in(directory.path(), &["check", "db", "--format", "csv"]);
    assert_eq!((csv.code, csv.stdout.lines().count()), (Some(1), 3));
}

#[test]
fn check_makes_no_database() {
    let directory = directory();
    let run = run_in(directory.path(), &["check", "missing"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.starts_with("error:  there is no database at \"missing\"\n"), "{}", run.stderr);
    assert!(!directory.path().join("missing").exists());
    fs::create_dir(directory.path().join("empty")).expect("the directory is made");
    assert_eq!(run_in(directory.path(), &["check", "empty"]).code, Some(2));
    assert_eq!(fs::read_dir(directory.path().join("empty")).expect("it is there").count(), 0);
}

#[test]
fn scripts_may_use_the_commands_of_the_shell() {
    let directory = directory();
    let schema = "CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL DEFAULT 'x' CHECK (name <> ''));
        CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER CONSTRAINT fk REFERENCES customers ON DELETE CASCADE);";
    fs::write(directory.path().join("schema.sql"), schema).expect("the script is written");
    let run = run_in(
        directory.path(),
        &["sql", "-c", "\\i schema.sql", "-c", "\\d customers", "-c", "\\d orders", "-c", "\\dt"],
    );
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    for expected in [
        "Table \"public.customers\"\n",
        " id     | integer               | not null | \n",
        "    \"customers_pkey\" PRIMARY KEY (id)\n",
        "    TABLE \"orders\" CONSTRAINT \"fk\" FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE\n",
        "Foreign-key constraints:\n    \"fk\" FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE\n",
        " public | orders    | table\n",
    ] {
        assert!(run.stdout.contains(expected), "{expected:?} in\n{}", run.stdout);
    }
}

#[test]
fn unknown_commands_are_refused() {
    let run = run(&["sql", "-c", "\\nonsense"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(1), "error:  unknown command \\nonsense\nhint:   \\? lists the commands.\n")
    );
    let circle = directory();
    fs::write(circle.path().join("a.sql"), "\\i a.sql\n").expect("the script is written");
    let run = run_in(circle.path(), &["sql", "-f", "a.sql"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("files include each other too deeply"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn ctrl_c_cancels_the_statement_and_ends_the_script() {
    let directory = directory();
    let endless = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let mut child =
        command(directory.path(), &["sql", "--keep-going", "-c", "\\echo go", "-c", endless, "-c", "SELECT 1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
    stdout.read_line(&mut line).expect("the command writes");
    // The statement starts right after the line; there is nothing to wait for that would tell.
    thread::sleep(Duration::from_millis(500));
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(kill.success());
    let run: Run = child.wait_with_output().expect("the command ends").into();
    assert_eq!((run.code, run.stderr.as_str()), (Some(130), "error:  canceling statement due to user request\n"));
    let mut rest = String::new();
    stdout.read_line(&mut rest).expect("the output ends");
    assert_eq!(rest, "");
}
