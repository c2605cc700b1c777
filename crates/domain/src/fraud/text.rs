//! Texts that people type: brought to one form, and looked at for meaning.
//!
//! Invariant: the same e-mail, phone, document or address gives the same form however it was
//! written; a form is for comparing and is shown to nobody.

use super::known::{self, Word};
use crate::customer::Address;

/// Small letters and digits without accents; everything else parts words.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            put(&mut plain, letter.to_ascii_lowercase());
        } else {
            letter
                .to_lowercase()
                .for_each(|one| put(&mut plain, folded(one)));
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

fn put(plain: &mut String, letter: char) {
    if letter.is_alphanumeric() {
        plain.push(letter);
    } else if !plain.is_empty() && !plain.ends_with(' ') {
        plain.push(' ');
    }
}

/// A small letter without its accent.
const fn folded(letter: char) -> char {
    match letter {
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    }
}

/// The digits of a text.
#[must_use]
pub fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// An e-mail by its parts, in small letters; of Google's addresses dots and what follows a plus
/// sign are dropped, since they lead to the same person.
#[must_use]
pub fn email(text: &str) -> Option<(String, String)> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.rsplit_once('@')?;
    if local.is_empty() || !domain.contains('.') || domain.starts_with('.') {
        return None;
    }
    let is_google = matches!(domain, "gmail.com" | "googlemail.com");
    let local = if is_google {
        let before = local.split('+').next().unwrap_or(local);
        before.replace('.', "")
    } else {
        local.to_owned()
    };
    Some((local, domain.to_owned()))
}

/// An address as one text: postal code, street and number, so that a complement written otherwise
/// makes no new address. `None` when neither code nor street is known.
#[must_use]
pub fn address(address: &Address) -> Option<String> {
    let zip = digits(address.zip_code.as_deref().unwrap_or(""));
    let street = street(address.street.as_deref().unwrap_or(""));
    let number = plain(address.number.as_deref().unwrap_or(""));
    if zip.is_empty() && street.is_empty() {
        return None;
    }
    Some(format!("{zip}|{street}|{number}"))
}

/// Short forms of what begins a street's name.
const STREETS: [(&str, &str); 8] = [
    ("r", "rua"),
    ("av", "avenida"),
    ("aven", "avenida"),
    ("al", "alameda"),
    ("trav", "travessa"),
    ("tv", "travessa"),
    ("pca", "praca"),
    ("rod", "rodovia"),
];

/// Short forms within a complement.
const COMPLEMENTS: [&str; 8] = ["ap", "apt", "apto", "bl", "blc", "cj", "conj", "sl"];

/// A street with its first word written out.
#[must_use]
pub fn street(text: &str) -> String {
    let plain = plain(text);
    let (first, rest) = plain.split_once(' ').unwrap_or((plain.as_str(), ""));
    let full = STREETS.iter().find(|(short, _)| *short == first);
    match full {
        Some((_, full)) => format!("{full} {rest}"),
        None => plain,
    }
}

/// Whether an address is written in short forms that could be written out.
#[must_use]
pub fn is_abbreviated(address: &Address) -> bool {
    let street = plain(address.street.as_deref().unwrap_or(""));
    let first = street.split(' ').next().unwrap_or("");
    let complement = plain(address.complement.as_deref().unwrap_or(""));
    STREETS.iter().any(|(short, _)| *short == first)
        || complement
            .split(' ')
            .any(|word| COMPLEMENTS.contains(&word))
}

/// Whether a text in its plain form has an obscene word in it.
#[must_use]
pub fn is_obscene(plain: &str) -> bool {
    plain
        .split(' ')
        .any(|word| known::word(word) == Some(Word::Obscene))
}

/// Rows of a keyboard, both ways.
const KEYBOARD: [&str; 6] = [
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "poiuytrewq",
    "lkjhgfdsa",
    "mnbvcxz",
];

/// Whether a name or street in its plain form means nothing: a word for nothing, a letter four
/// times, keys that lie side by side, a long word without a vowel, or no letter at all.
#[must_use]
pub fn is_meaningless(plain: &str) -> bool {
    if plain.is_empty() {
        return false;
    }
    if !plain.chars().any(char::is_alphabetic) {
        return true;
    }
    plain.split(' ').any(|word| {
        known::word(word) == Some(Word::Meaningless)
            || repeats(word)
            || runs_along_keys(word)
            || is_unspeakable(word)
    })
}

fn repeats(word: &str) -> bool {
    let (mut last, mut times) = (None, 0_u32);
    word.chars().any(|letter| {
        times = if last == Some(letter) {
            times.saturating_add(1)
        } else {
            1
        };
        last = Some(letter);
        times >= 4 && letter.is_alphabetic()
    })
}

fn runs_along_keys(word: &str) -> bool {
    word.len() >= 5
        && has_neighbours(word)
        && KEYBOARD
            .iter()
            .any(|row| row.contains(word) || row.get(..6).is_some_and(|six| word.contains(six)))
}

/// Where the keys of a to z are: those side by side have numbers side by side.
const KEYS: [u8; 26] = [
    20, 44, 42, 22, 2, 23, 24, 25, 7, 26, 27, 28, 46, 45, 8, 9, 0, 3, 21, 4, 6, 43, 1, 41, 5, 40,
];

/// Whether five letters in a word follow each other on the keyboard: seldom, and quickly seen.
fn has_neighbours(word: &str) -> bool {
    let key = |letter: u8| KEYS.get(usize::from(letter.wrapping_sub(b'a'))).copied();
    let (mut last, mut step, mut length) = (None::<u8>, 0_i8, 0_u32);
    word.bytes().any(|letter| {
        let now = key(letter);
        let next = match (last, now) {
            (Some(last), Some(now)) if Some(now) == last.checked_add(1) => 1,
            (Some(last), Some(now)) if now.checked_add(1) == Some(last) => -1,
            _ => 0,
        };
        length = if next != 0 && next == step {
            length.saturating_add(1)
        } else {
            1
        };
        (last, step) = (now, next);
        next != 0 && length >= 4
    })
}

fn is_unspeakable(word: &str) -> bool {
    let is_vowel = |letter: char| "aeiouy".contains(letter);
    let all_ascii = word.chars().all(|letter| letter.is_ascii_alphabetic());
    word.len() >= 6 && all_ascii && !word.chars().any(is_vowel)
}

/// Whether a document's check digits are right: CPF of 11 digits or CNPJ of 14. Others cannot be
/// checked: `None`.
#[must_use]
pub fn document_checks(document: &str) -> Option<bool> {
    let digits: Vec<u32> = document
        .chars()
        .filter_map(|one| one.to_digit(10))
        .collect();
    let first: &[u32] = match digits.len() {
        11 => &[10, 9, 8, 7, 6, 5, 4, 3, 2],
        14 => &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2],
        _ => return None,
    };
    let lead = if digits.len() == 11 { 11 } else { 6 };
    let second: Vec<u32> = [lead].into_iter().chain(first.iter().copied()).collect();
    let check = |weights: &[u32]| {
        let sum: u32 = digits
            .iter()
            .zip(weights)
            .map(|(d, w)| d.saturating_mul(*w))
            .sum();
        let rest = sum % 11;
        if rest < 2 {
            0
        } else {
            11_u32.saturating_sub(rest)
        }
    };
    let same = digits.windows(2).all(|pair| pair.first() == pair.last());
    let right = digits.get(first.len()) == Some(&check(first))
        && digits.get(second.len()) == Some(&check(&second));
    Some(right && !same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_has_one_form_however_it_was_written() {
        assert_eq!(plain("  Av. São   João, 12 "), "av sao joao 12");
        assert_eq!(street("R. São João"), street("rua Sao Joao"));
        let one = email("Maria.Silva+loja@Gmail.com").unwrap();
        assert_eq!(one, ("mariasilva".to_owned(), "gmail.com".to_owned()));
        assert_eq!(email("no at"), None);
        assert_eq!(email("a@b"), None);
        let of = |street: &str, zip: &str| {
            address(&Address {
                street: Some(street.to_owned()),
                number: Some("174".to_owned()),
                zip_code: Some(zip.to_owned()),
                ..Address::default()
            })
        };
        assert_eq!(of("Rua Júpter", "21241-140"), of("r. jupter", "21241140"));
        assert_eq!(address(&Address::default()), None);
    }

    #[test]
    fn meaningless_texts_are_told_from_names() {
        for text in [
            "asdfgh",
            "qwerty",
            "aaaa silva",
            "Fulano de Tal",
            "12345",
            "bcdfgkl",
            "null",
        ] {
            assert!(is_meaningless(&plain(text)), "{text}");
        }
        for text in [
            "Comprador Teste",
            "Comprador crédito AF",
            "Maria Schmidt",
            "Rua Júpter",
            "Wright",
            "",
            "José da Silva",
            "ItemTeste",
            "Av. Brigadeiro Faria Lima",
            "Lynn",
        ] {
            assert!(!is_meaningless(&plain(text)), "{text}");
        }
    }

    #[test]
    fn obscene_words_are_found_in_both_languages_and_only_whole() {
        assert!(is_obscene(&plain("Seu PUTO")));
        assert!(is_obscene("what the fuck"));
        assert!(!is_obscene(&plain("Computador Scunthorpe Deputado")));
    }

    #[test]
    fn check_digits_of_documents_are_checked() {
        assert_eq!(document_checks("529.982.247-25"), Some(true));
        assert_eq!(document_checks("11225468955"), Some(false));
        assert_eq!(document_checks("111.111.111-11"), Some(false));
        assert_eq!(document_checks("01.027.058/0001-91"), Some(true));
        assert_eq!(document_checks("1234567890"), None);
    }

    #[test]
    fn short_forms_of_an_address_can_be_written_out() {
        let of = |street: &str, complement: &str| {
            is_abbreviated(&Address {
                street: Some(street.to_owned()),
                complement: Some(complement.to_owned()),
                ..Address::default()
            })
        };
        assert!(of("Rua Júpter", "AP 201") && of("Av. Paulista", ""));
        assert!(!of("Rua Júpter", "Apartamento 201"));
    }
}
