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
    for letter in text.chars().flat_map(char::to_lowercase) {
        let folded = match letter {
            'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'i',
            'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ç' => 'c',
            'ñ' => 'n',
            other => other,
        };
        if folded.is_alphanumeric() {
            plain.push(folded);
        } else if !plain.is_empty() && !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
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
    let words = |text: &Option<String>| {
        let plain = plain(text.as_deref().unwrap_or(""));
        plain.split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    let first = words(&address.street)
        .into_iter()
        .next()
        .unwrap_or_default();
    let short_street = STREETS.iter().any(|(short, _)| *short == first);
    let complement = words(&address.complement);
    short_street
        || complement
            .iter()
            .any(|word| COMPLEMENTS.contains(&word.as_str()))
}

/// Whether a text has an obscene word in it.
#[must_use]
pub fn is_obscene(text: &str) -> bool {
    let plain = plain(text);
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

/// Whether a name or street means nothing: a word for nothing, a letter four times, keys that lie
/// side by side, a long word without a vowel, or no letter at all.
#[must_use]
pub fn is_meaningless(text: &str) -> bool {
    let plain = plain(text);
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
    let letters: Vec<char> = word.chars().collect();
    let same = |four: &[char]| four.windows(2).all(|pair| pair.first() == pair.last());
    letters
        .windows(4)
        .any(|four| same(four) && four.iter().all(|l| l.is_alphabetic()))
}

fn runs_along_keys(word: &str) -> bool {
    word.len() >= 5
        && KEYBOARD
            .iter()
            .any(|row| row.contains(word) || row.get(..6).is_some_and(|six| word.contains(six)))
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
            assert!(is_meaningless(text), "{text}");
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
            assert!(!is_meaningless(text), "{text}");
        }
    }

    #[test]
    fn obscene_words_are_found_in_both_languages_and_only_whole() {
        assert!(is_obscene("Seu PUTO"));
        assert!(is_obscene("what the fuck"));
        assert!(!is_obscene("Computador Scunthorpe Deputado"));
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
