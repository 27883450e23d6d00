//! What a terminal shows during a copy and after it.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::long_work::Paused;
use crate::scratch::{REFLINK, Scratch};

/// Longer than the width of every terminal here.
const NAME: &str =
    "a name that is longer than the line of a terminal, whatever else has to stand on that line";

/// A copy in a terminal with this many columns, which has been stopped for more than half a second,
/// and the terminal's input.
fn paused(columns: u16, when: &str) -> (Paused, Arc<Mutex<String>>, JoinHandle<()>) {
    paused_copy(columns, when, &["big", NAME])
}

fn paused_copy(
    columns: u16,
    when: &str,
    paths: &[&str],
) -> (Paused, Arc<Mutex<String>>, JoinHandle<()>) {
    let (screen, terminal) = terminal(columns);
    let option = format!("--progress={when}");
    let args = [&["copy", "-r", "--reflink=never", &option], paths].concat();
    let paused = Paused::with_stderr(&[REFLINK], &args, || terminal.try_clone().unwrap().into());
    let sent = Arc::default();
    let log = Arc::clone(&sent);
    let reader = spawn(move || read_all(screen, &log));
    sleep(Duration::from_millis(600));
    (paused, sent, reader)
}

#[test]
fn a_line_tells_how_far_the_copy_is_and_nothing_of_it_stays() {
    for columns in [120, 80, 40, 20] {
        for (when, appears) in [("auto", true), ("always", true), ("never", false)] {
            let (paused, sent, reader) = paused(columns, when);
            let (_scratch, output) = paused.resume();
            assert!(output.status.success(), "{output:?}");
            reader.join().unwrap();
            let sent = sent.lock().unwrap();
            assert_eq!(sent.contains("% "), appears, "{columns}, {when}: {sent:?}");
            let lines = screen(&sent, columns);
            // One line, which was never wider than the terminal.
            assert_eq!(lines, [""], "{columns}, {when}: {sent:?}");
        }
    }
}

#[test]
fn a_line_tells_how_far_the_copy_of_a_tree_is_and_nothing_of_it_stays() {
    for columns in [120, 40] {
        for (when, appears) in [("auto", true), ("never", false)] {
            let other = Scratch::new();
            let out = other.path(NAME).into_os_string().into_string().unwrap();
            let (paused, sent, reader) = paused_copy(columns, when, &[".", &out]);
            let (_scratch, output) = paused.resume();
            assert!(output.status.success(), "{output:?}");
            reader.join().unwrap();
            let sent = sent.lock().unwrap();
            assert_eq!(sent.contains(" entries, "), appears, "{columns}, {when}: {sent:?}");
            assert_eq!(screen(&sent, columns), [""], "{columns}, {when}: {sent:?}");
        }
    }
}

#[test]
fn a_message_stands_alone_on_the_terminal() {
    for columns in [80, 40, 20] {
        // A copy that ended before the signal came does not count.
        let sent = (0..9).find_map(|_| {
            let (paused, sent, reader) = paused(columns, "auto");
            paused.send(Signal::CONT);
            while sent.lock().unwrap().is_empty() {
                sleep(Duration::from_millis(1));
            }
            paused.send(Signal::INT);
            let (_scratch, output) = paused.resume();
            reader.join().unwrap();
            let sent = sent.lock().unwrap().clone();
            (output.status.signal() == Some(Signal::INT.as_raw())).then_some(sent)
        });
        let sent = sent.expect("the copies ended before the signal came");
        assert!(sent.contains("% "), "{columns}: {sent:?}");
        // Spaces at the end of a line are invisible.
        let seen = screen(&sent, columns).concat().replace(' ', "");
        let name = NAME.replace(' ', "");
        assert!(seen.starts_with("reflink:cancelledafter"), "{columns}: {seen:?}");
        assert!(seen.ends_with(&format!("MiB:'{name}'wasnotcreated")), "{columns}: {seen:?}");
    }
}

/// The lines of a terminal after this input, without the spaces at their ends.
fn screen(sent: &str, columns: u16) -> Vec<String> {
    let columns = usize::from(columns);
    let mut lines = vec![Vec::new()];
    let (mut row, mut column) = (0, 0);
    let mut rest = sent.chars();
    while let Some(char) = rest.next() {
        match char {
            '\r' => column = 0,
            '\n' => row += 1,
            '\u{1b}' => {
                assert_eq!(rest.next(), Some('['), "{sent:?}");
                let mut number = String::new();
                match rest.by_ref().find(|c| {
                    !c.is_ascii_digit() || {
                        number.push(*c);
                        false
                    }
                }) {
                    Some('K') => lines[row].clear(),
                    Some('B') => row += number.parse::<usize>().unwrap(),
                    Some('A') => row -= number.parse::<usize>().unwrap(),
                    other => panic!("{other:?} in {sent:?}"),
                }
            }
            char => {
                if column == columns {
                    (row, column) = (row + 1, 0);
                }
                lines.resize_with(lines.len().max(row + 1), Vec::new);
                let line: &mut Vec<char> = &mut lines[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = char;
                column += 1;
            }
        }
        lines.resize_with(lines.len().max(row + 1), Vec::new);
    }
    lines.into_iter().map(|line| String::from_iter(line).trim_end().to_owned()).collect()
}

/// The master of a pseudoterminal, and the terminal itself.
pub(crate) fn terminal(columns: u16) -> (File, File) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
    let terminal = File::options().read(true).write(true).open(name).unwrap();
    let size = Winsize { ws_row: 25, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&terminal, size).unwrap();
    (screen.into(), terminal)
}

/// Reads until nobody has the terminal open any more, which is EIO instead of an end.
pub(crate) fn read_all(mut screen: File, log: &Mutex<String>) {
    let mut chunk = [0; 4096];
    while let Ok(count @ 1..) = screen.read(&mut chunk) {
        log.lock().unwrap().push_str(std::str::from_utf8(&chunk[..count]).unwrap());
    }
}
