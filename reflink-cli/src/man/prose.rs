//! Text that a page fills.

use roff::{Roff, roman};

/// Lines of source that are longer are bad style.
const WIDTH: usize = 72;

/// Adds a paragraph, in lines of source that are not too long.
pub(super) fn prose(roff: &mut Roff, text: &str) {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            roff.text([roman(std::mem::take(&mut line))]);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        roff.text([roman(line)]);
    }
}
