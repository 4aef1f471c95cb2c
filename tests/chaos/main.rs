//! Scripted simulations on the real components: services that are killed, stopped and paused, servers that restart
//! or lose their disk, cut connections and faults of the CBSS, all at once, and the promises checked afterwards.
//!
//! | variable | what |
//! |---|---|
//! | `CHAOS_SECONDS` | how long generated scripts are played, 100 by default; at least two are |
//! | `CHAOS_SEED` | the seed of the first one; the next ones count on. It is printed |
//! | `CHAOS_SHRINK` | how often a failing script is played again with fewer operations, 0 by default |
//! | `CHAOS_SCRIPT` | a file: only this script is replayed |
//! | `CHAOS_KEEP` | set: logs and facts are kept of scripts that succeed as well |
//! | `CHAOS_FIGURES` | a file for the figures, as JSON |
//!
//! A script that fails is written to `target/tmp/chaos`; in `tests/chaos/scripts` it becomes a regression test. A
//! seed repeats the script, not the timing.
#![expect(clippy::print_stdout, reason = "a long test says how it goes")]

mod check;
mod facts;
mod figures;
#[expect(
    dead_code,
    reason = "the end-to-end tests use the rest of what they share with this"
)]
#[path = "../e2e/harness/mod.rs"]
mod harness;
mod play;
mod script;
mod sender;
mod stage;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

use relay_runtime::Entropy;
use tokio::sync::Mutex;
use tokio::time::{Duration, Instant};

use self::figures::Figures;
use self::play::play;
use self::script::Script;
use self::stage::Servers;

/// Servers are renewed after so many scripts: each leaves a virtual host and a database behind.
const SCRIPTS_OF_A_SERVER: u64 = 10;

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generated_scripts_keep_the_promises() {
    let budget = Duration::from_secs(number("CHAOS_SECONDS").unwrap_or(100));
    // Small enough to be typed.
    let seed = number("CHAOS_SEED").unwrap_or_else(|| Entropy::system().u64() % 1_000_000_000);
    println!("chaos: seed {seed} (CHAOS_SEED={seed} plays the same scripts)");
    let servers = Arc::new(Mutex::new(None));
    let began = Instant::now();
    let mut total = Figures::default();
    while total.scripts < 2 || began.elapsed() < budget {
        if total.scripts > 0 && total.scripts.is_multiple_of(SCRIPTS_OF_A_SERVER) {
            servers.lock().await.take();
        }
        let script = Script::generated(seed.wrapping_add(total.scripts));
        match play(&servers, &script).await {
            Ok(figures) => {
                total.add(&figures);
                print_progress(&total, &figures, began.elapsed());
                write_figures(&total);
            }
            Err(problems) => {
                write_figures(&total);
                fail(&servers, &script, &problems).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_on_file_keep_the_promises() {
    let files = match env::var_os("CHAOS_SCRIPT") {
        Some(file) => vec![PathBuf::from(file)],
        None => on_file(),
    };
    let servers = Arc::new(Mutex::new(None));
    for file in files {
        println!("chaos: {}", file.display());
        let text = fs::read_to_string(&file).expect("a script");
        let script: Script = serde_json::from_str(&text).expect("a script in JSON");
        match play(&servers, &script).await {
            Ok(figures) => print_progress(&figures, &figures, Duration::ZERO),
            Err(problems) => fail(&servers, &script, &problems).await,
        }
    }
}

fn on_file() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("chaos/scripts");
    let entries = fs::read_dir(&folder).expect("the folder of scripts");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn print_progress(total: &Figures, last: &Figures, elapsed: Duration) {
    let jobs: u64 = total.jobs.values().sum();
    println!(
        "chaos: {:4.0} s, script {} ({:.0} s), {jobs} jobs {:?}, operations {:?}",
        elapsed.as_secs_f64(),
        total.scripts,
        last.seconds,
        total.jobs,
        total.operations
    );
}

fn write_figures(total: &Figures) {
    if let Some(file) = env::var_os("CHAOS_FIGURES") {
        let text = serde_json::to_string_pretty(total).expect("JSON");
        fs::write(file, text).expect("writing the figures");
    }
}

/// Writes the script down, smaller if that was asked for, and ends the test.
async fn fail(servers: &Arc<Mutex<Option<Servers>>>, script: &Script, problems: &[String]) -> ! {
    let file = write(script);
    println!("chaos: failed; the script is in {}", file.display());
    println!("{}", problems.join("\n"));
    let tries = number("CHAOS_SHRINK").unwrap_or_default();
    let smaller = shrink(servers, script, tries).await;
    if smaller.operations.len() < script.operations.len() {
        let file = write(&smaller);
        println!(
            "chaos: {} of {} operations are enough: {}",
            smaller.operations.len(),
            script.operations.len(),
            file.display()
        );
    }
    panic!("{} ({})", problems.join("\n"), file.display());
}

fn write(script: &Script) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("chaos");
    fs::create_dir_all(&folder).expect("a folder for scripts");
    let file = folder.join(format!("{}.json", script.name()));
    let text = serde_json::to_string_pretty(script).expect("JSON");
    fs::write(&file, text).expect("writing a script");
    file
}

/// Leaves out halves, quarters and eighths as long as it still fails. Each try takes as long as a script.
async fn shrink(servers: &Arc<Mutex<Option<Servers>>>, script: &Script, tries: u64) -> Script {
    let mut smallest = script.clone();
    let mut left = tries;
    let mut part = 2;
    while left > 0 && part <= 8 {
        let size = (smallest.operations.len() / part).max(1);
        let mut from = 0;
        while from < smallest.operations.len() && left > 0 {
            left -= 1;
            let less = smallest.without(from, size);
            // The server may be what had failed.
            servers.lock().await.take();
            if play(servers, &less).await.is_err() {
                smallest = less;
            } else {
                from += size;
            }
        }
        part *= 2;
    }
    smallest
}
