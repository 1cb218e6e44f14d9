//! Refuses sources whose syntax tree would be so deep that making or walking it exhausts the time or the stack.
//!
//! The parser bounds the depth of brackets, but not of chains: `1 + 1 + ...` and `x[0][0]...` make a tree one level
//! deeper with each link, and every later pass recurses into it. And it parses what stands in brackets twice, first as a
//! comprehension, so that each level doubles its work.

/// Brackets that may be open at once. The longest policy in use has 6.
const BRACKETS: usize = 20;
/// Octets that the parser may read, each counted as often as its brackets make it read it: about half a second's work.
const EFFORT: usize = 8 << 20;
/// Operators and references in a row, between two separators. The longest body in use has about 200.
pub const CHAIN: usize = 4096;

/// The line at which the source is nested too deeply, if there is one.
pub fn too_deep_at(source: &str) -> Option<usize> {
    let mut line = 1;
    let mut chains = vec![0usize];
    let mut effort = 0;
    let mut octets = source.bytes().peekable();
    while let Some(octet) = octets.next() {
        let left = octets.len();
        match octet {
            b'\n' => line += 1,
            b'#' => while octets.next_if(|&next| next != b'\n').is_some() {},
            b'"' => skip_string(&mut octets, &mut line),
            b'`' => {
                for next in octets.by_ref().take_while(|&next| next != b'`') {
                    line += usize::from(next == b'\n');
                }
            }
            b'(' | b'[' | b'{' => {
                count_link(&mut chains);
                chains.push(0);
            }
            b')' | b']' | b'}' if chains.len() > 1 => {
                chains.pop();
                // A closed block ends what came before it: the next rule starts afresh.
                if octet == b'}' && chains.len() == 1 {
                    chains[0] = 0;
                }
            }
            b',' | b';' => reset(&mut chains),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'=' | b'<' | b'>' | b'!' | b'.' => count_link(&mut chains),
            _ => {}
        }
        effort += (1 + left - octets.len()) << (chains.len() - 1).min(BRACKETS);
        if chains.len() > BRACKETS || effort > EFFORT || chains.last().is_some_and(|&links| links > CHAIN) {
            return Some(line);
        }
    }
    None
}

/// Whether a policy or a JSON text has a number like 0e999999999, which the engine writes out in full. In strings,
/// comments and names anything may stand: every third digest in hexadecimal looks as if it held such a number.
pub fn has_huge_exponent(source: &str) -> bool {
    let mut octets = source.bytes().peekable();
    let mut previous = b' ';
    let mut line = 0;
    while let Some(octet) = octets.next() {
        match octet {
            b'#' => while octets.next_if(|&next| next != b'\n').is_some() {},
            b'"' => skip_string(&mut octets, &mut line),
            b'`' => while octets.next().is_some_and(|next| next != b'`') {},
            b'0'..=b'9' if !is_word(previous) && goes_on_to_huge_exponent(octets.clone()) => return true,
            _ => {}
        }
        previous = octet;
    }
    false
}

/// The same of a text that is one number, or is taken for one whatever stands around it.
pub fn is_huge_number(text: &str) -> bool {
    let mut starts = text.char_indices().filter(|(_, letter)| letter.is_ascii_digit() || *letter == '.');
    starts.any(|(place, _)| goes_on_to_huge_exponent(text[place..].bytes()))
}

fn is_word(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'_'
}

fn goes_on_to_huge_exponent(number: impl Iterator<Item = u8>) -> bool {
    let mut rest = number.skip_while(|&octet| octet.is_ascii_digit() || octet == b'.');
    let has_exponent = rest.next().is_some_and(|octet| matches!(octet, b'e' | b'E'));
    let digits = rest.skip_while(|octet| matches!(octet, b'+' | b'-'));
    has_exponent && digits.take_while(u8::is_ascii_digit).count() > 3
}

fn count_link(chains: &mut [usize]) {
    if let Some(links) = chains.last_mut() {
        *links += 1;
    }
}

fn reset(chains: &mut [usize]) {
    if let Some(links) = chains.last_mut() {
        *links = 0;
    }
}

fn skip_string(octets: &mut std::iter::Peekable<std::str::Bytes>, line: &mut usize) {
    while let Some(octet) = octets.next() {
        match octet {
            b'"' => return,
            b'\\' => {
                octets.next();
            }
            b'\n' => *line += 1,
            _ => {}
        }
    }
}
