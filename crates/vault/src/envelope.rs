//! A merchant's keys: seal and open cards, recognise a card without knowing it.
//!
//! Invariant: every use has a key of its own, derived from the merchant's data key, so that no
//! value made for one purpose says anything about another.

use aval_domain::card::CardNumber;
use aval_domain::id::{CardToken, MerchantId, PaymentId};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, MAX_TAG_LEN, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::VaultError;

/// What is derived from a merchant's data key. Not cloned, never printed.
pub struct MerchantKeys {
    merchant: MerchantId,
    card_key: Zeroizing<[u8; 32]>,
    fingerprint_key: hmac::Key,
    reference_key: hmac::Key,
    digest_key: hmac::Key,
    page_key: hmac::Key,
    history_key: hmac::Key,
    factor_key: Zeroizing<[u8; 32]>,
    settings_key: Zeroizing<[u8; 32]>,
}

impl MerchantKeys {
    pub(crate) fn new(merchant: MerchantId, data_key: &[u8; 32]) -> Result<Self, VaultError> {
        let mac = |purpose| {
            Ok(hmac::Key::new(
                hmac::HMAC_SHA256,
                &*derive(data_key, purpose)?,
            ))
        };
        Ok(Self {
            merchant,
            card_key: derive(data_key, b"aval card 1")?,
            fingerprint_key: mac(b"aval fingerprint 1")?,
            reference_key: mac(b"aval account reference 1")?,
            digest_key: mac(b"aval request digest 1")?,
            page_key: mac(b"aval buyer page 1")?,
            history_key: mac(b"aval fraud history 1")?,
            factor_key: derive(data_key, b"aval second factor 1")?,
            settings_key: derive(data_key, b"aval settings 1")?,
        })
    }

    /// Seals a card number under its token: nonce, ciphertext, tag.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn seal_card(&self, token: CardToken, number: &CardNumber) -> Result<Vec<u8>, VaultError> {
        seal(
            &self.card_key,
            &self.card_aad(token),
            number.reveal().as_bytes(),
        )
    }

    /// Opens a card that was sealed under this token for this merchant.
    ///
    /// # Errors
    /// When it was changed, or belongs elsewhere.
    pub fn open_card(&self, token: CardToken, sealed: &[u8]) -> Result<CardNumber, VaultError> {
        let opened = open(&self.card_key, &self.card_aad(token), sealed)?;
        let digits = std::str::from_utf8(&opened).map_err(|_| VaultError::Forged)?;
        CardNumber::parse(digits).map_err(|_| VaultError::Forged)
    }

    /// The same for the same card of this merchant, and telling nothing else.
    #[must_use]
    pub fn fingerprint(&self, number: &CardNumber) -> [u8; 16] {
        let tag = hmac::sign(&self.fingerprint_key, number.reveal().as_bytes());
        let mut fingerprint = [0; 16];
        fingerprint
            .iter_mut()
            .zip(tag.as_ref())
            .for_each(|(to, from)| *to = *from);
        fingerprint
    }

    /// PaymentAccountReference: 29 of A-Z and 0-9, the same for the same card (decision D23).
    #[must_use]
    pub fn account_reference(&self, number: &CardNumber) -> String {
        const SIGNS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let tag = hmac::sign(&self.reference_key, number.reveal().as_bytes());
        let sign = |byte: &u8| SIGNS.get(usize::from(byte % 36)).copied().unwrap_or(b'A');
        tag.as_ref()
            .iter()
            .take(29)
            .map(|byte| char::from(sign(byte)))
            .collect()
    }

    /// A keyed digest of a request's parts, to tell whether a repeated one is the same. Keyed,
    /// since a body may hold a card number that a plain hash would let one guess.
    #[must_use]
    pub fn request_digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.digest_key);
        for part in parts {
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        }
        let tag = context.sign();
        let mut digest = [0; 32];
        digest
            .iter_mut()
            .zip(tag.as_ref())
            .for_each(|(to, from)| *to = *from);
        digest
    }

    /// Seals the number of a card that replaces another, bound to a name of sixteen bytes.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn seal_new_card(
        &self,
        name: [u8; 16],
        number: &CardNumber,
    ) -> Result<Vec<u8>, VaultError> {
        let aad = self.new_card_aad(name);
        seal(&self.card_key, &aad, number.reveal().as_bytes())
    }

    /// Opens what [`seal_new_card`](Self::seal_new_card) sealed under this name.
    ///
    /// # Errors
    /// When it was changed, or belongs elsewhere.
    pub fn open_new_card(&self, name: [u8; 16], sealed: &[u8]) -> Result<CardNumber, VaultError> {
        let opened = open(&self.card_key, &self.new_card_aad(name), sealed)?;
        let digits = std::str::from_utf8(&opened).map_err(|_| VaultError::Forged)?;
        CardNumber::parse(digits).map_err(|_| VaultError::Forged)
    }

    /// Seals the secret of a user's authenticator, bound to the user.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn seal_factor(&self, login: &str, secret: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal(&self.factor_key, &self.factor_aad(login), secret)
    }

    /// Opens the secret of this user's authenticator.
    ///
    /// # Errors
    /// When it was changed, or belongs to somebody else.
    pub fn open_factor(
        &self,
        login: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        open(&self.factor_key, &self.factor_aad(login), sealed)
    }

    /// Seals what is secret of the merchant's settings, as a text.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn seal_settings(&self, secrets: &[u8]) -> Result<String, VaultError> {
        let sealed = seal(&self.settings_key, self.merchant.as_bytes(), secrets)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what is secret of the merchant's settings.
    ///
    /// # Errors
    /// When it was changed, or belongs to another merchant.
    pub fn open_settings(&self, sealed: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed);
        let sealed = sealed.map_err(|_| VaultError::Forged)?;
        open(&self.settings_key, self.merchant.as_bytes(), &sealed)
    }

    fn factor_aad(&self, login: &str) -> Vec<u8> {
        let merchant = self.merchant.as_bytes();
        [
            b"aval second factor 1".as_slice(),
            merchant,
            login.as_bytes(),
        ]
        .concat()
    }

    fn new_card_aad(&self, name: [u8; 16]) -> Vec<u8> {
        let merchant = self.merchant.as_bytes();
        [b"aval new card 1".as_slice(), merchant, &name].concat()
    }

    /// What the address of a buyer's page holds: it names the merchant, and nobody else can make
    /// it (decision D25). The same whenever it is made.
    #[must_use]
    pub fn page_ticket(&self, payment: PaymentId) -> String {
        let tag = hmac::sign(&self.page_key, payment.as_bytes());
        let tag = tag.as_ref().get(..TICKET_TAG).unwrap_or_default();
        URL_SAFE_NO_PAD.encode([self.merchant.as_bytes().as_slice(), tag].concat())
    }

    /// Whether a ticket is the payment's, compared in constant time.
    #[must_use]
    pub fn knows_ticket(&self, payment: PaymentId, ticket: &str) -> bool {
        let own = self.page_ticket(payment);
        own.as_bytes().ct_eq(ticket.as_bytes()).into()
    }

    /// A keyed digest of an element of a sale, such as an e-mail, by which it is recognised when it
    /// occurs again. `kind` tells elements of one text apart.
    #[must_use]
    pub fn element_digest(&self, kind: u8, text: &str) -> u64 {
        let mut context = hmac::Context::with_key(&self.history_key);
        context.update(&[kind]);
        context.update(text.as_bytes());
        let tag = context.sign();
        let first = tag.as_ref().iter().take(8);
        first.fold(0, |digest: u64, byte| (digest << 8) | u64::from(*byte))
    }

    fn card_aad(&self, token: CardToken) -> Vec<u8> {
        [
            b"aval card 1".as_slice(),
            self.merchant.as_bytes(),
            token.as_bytes(),
        ]
        .concat()
    }
}

/// Bytes of the tag in a ticket.
const TICKET_TAG: usize = 16;

/// The merchant that a ticket names. Nothing is proved by that.
#[must_use]
pub fn merchant_of_ticket(ticket: &str) -> Option<MerchantId> {
    let bytes = URL_SAFE_NO_PAD.decode(ticket).ok()?;
    let (merchant, tag) = bytes.split_first_chunk()?;
    (tag.len() == TICKET_TAG).then(|| MerchantId::from_bytes(*merchant))
}

pub(crate) fn derive(
    data_key: &[u8; 32],
    purpose: &[u8],
) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let mut key = Zeroizing::new([0; 32]);
    let derived = Salt::new(HKDF_SHA256, b"aval").extract(data_key);
    let info = [purpose];
    let expanded = derived
        .expand(&info, HKDF_SHA256)
        .map_err(|_| VaultError::Forged)?;
    expanded
        .fill(key.as_mut_slice())
        .map_err(|_| VaultError::Forged)?;
    Ok(key)
}

/// AES-256-GCM under a random nonce: nonce, ciphertext, tag.
pub(crate) fn seal(key: &[u8; 32], aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0_u8; NONCE_LEN];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| VaultError::Random)?;
    // Sealed where it stands, in a place that is long enough: to append the tag, a place of the
    // plain text's length would move first, and leave the plain text behind.
    let length = sealed_length(plain.len());
    let mut sealed = Zeroizing::new(Vec::with_capacity(length));
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    let (_, body) = sealed
        .split_at_mut_checked(NONCE_LEN)
        .ok_or(VaultError::Forged)?;
    let tag = cipher(key)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body)
        .map_err(|_| VaultError::Forged)?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(std::mem::take(&mut *sealed))
}

/// Bytes of a sealed text: nonce, ciphertext, tag.
const fn sealed_length(plain: usize) -> usize {
    plain.saturating_add(NONCE_LEN).saturating_add(MAX_TAG_LEN)
}

/// Opens what [`seal`] made.
pub(crate) fn open(
    key: &[u8; 32],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (nonce, body) = sealed
        .split_at_checked(NONCE_LEN)
        .ok_or(VaultError::Forged)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Forged)?;
    let mut body = Zeroizing::new(body.to_vec());
    let opened = cipher(key)?
        .open_in_place(nonce, Aad::from(aad), &mut body)
        .map(|plain| plain.len())
        .map_err(|_| VaultError::Forged)?;
    body.truncate(opened);
    Ok(body)
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, VaultError> {
    let unbound = UnboundKey::new(&AES_256_GCM, key).map_err(|_| VaultError::Forged)?;
    Ok(LessSafeKey::new(unbound))
}

impl std::fmt::Debug for MerchantKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MerchantKeys")
            .field("merchant", &self.merchant)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(merchant: u8) -> MerchantKeys {
        MerchantKeys::new(MerchantId::from_bytes([merchant; 16]), &[7; 32]).unwrap()
    }

    #[test]
    fn settings_open_for_their_merchant_only_and_unchanged_only() {
        let sealed = keys(1).seal_settings(b"s3cret").unwrap();
        assert!(!sealed.contains("s3cret"));
        assert_eq!(*keys(1).open_settings(&sealed).unwrap(), b"s3cret");
        assert!(keys(2).open_settings(&sealed).is_err());
        assert!(keys(1).open_factor("ana", sealed.as_bytes()).is_err());
        for other in [&sealed[1..], "", "s3cret", "!"] {
            assert!(keys(1).open_settings(other).is_err(), "{other}");
        }
        assert_ne!(keys(1).seal_settings(b"s3cret").unwrap(), sealed);
    }

    #[test]
    fn a_card_opens_under_its_token_and_merchant_only() {
        let number = CardNumber::parse("1234123412341231").unwrap();
        let (token, other) = (
            CardToken::from_bytes([1; 16]),
            CardToken::from_bytes([2; 16]),
        );
        let sealed = keys(1).seal_card(token, &number).unwrap();
        assert_eq!(keys(1).open_card(token, &sealed).unwrap(), number);
        assert_eq!(keys(1).open_card(other, &sealed), Err(VaultError::Forged));
        assert_eq!(keys(2).open_card(token, &sealed), Err(VaultError::Forged));
        assert_eq!(keys(1).open_card(token, &[]), Err(VaultError::Forged));
        assert_ne!(
            keys(1).seal_card(token, &number).unwrap(),
            sealed,
            "a nonce is used once"
        );
    }

    #[test]
    fn a_new_card_opens_under_its_name_only_and_never_as_a_stored_card() {
        let number = CardNumber::parse("1234123412341231").unwrap();
        let sealed = keys(1).seal_new_card([1; 16], &number).unwrap();
        assert_eq!(keys(1).open_new_card([1; 16], &sealed).unwrap(), number);
        let forged = Err(VaultError::Forged);
        assert_eq!(keys(1).open_new_card([2; 16], &sealed), forged);
        assert_eq!(keys(2).open_new_card([1; 16], &sealed), forged);
        let token = CardToken::from_bytes([1; 16]);
        assert_eq!(keys(1).open_card(token, &sealed), forged);
    }

    #[test]
    fn a_ticket_names_its_merchant_and_is_known_for_its_payment_only() {
        let (one, other) = (
            PaymentId::from_bytes([1; 16]),
            PaymentId::from_bytes([2; 16]),
        );
        let ticket = keys(1).page_ticket(one);
        assert_eq!(
            merchant_of_ticket(&ticket),
            Some(MerchantId::from_bytes([1; 16]))
        );
        assert!(keys(1).knows_ticket(one, &ticket));
        assert!(!keys(1).knows_ticket(other, &ticket));
        assert!(!keys(2).knows_ticket(one, &ticket));
        assert!(!keys(1).knows_ticket(one, ""));
        for text in ["", "AAAA", "?", &ticket[1..], &format!("{ticket}A")] {
            assert_eq!(merchant_of_ticket(text), None, "{text}");
        }
    }

    #[test]
    fn a_reference_has_29_signs_and_is_the_same_for_the_same_card() {
        let number = CardNumber::parse("1234123412341231").unwrap();
        let reference = keys(1).account_reference(&number);
        assert_eq!(reference.len(), 29);
        assert!(
            reference
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        );
        assert_eq!(reference, keys(1).account_reference(&number));
        let spaced = CardNumber::parse("1234 1234 1234 1231").unwrap();
        assert_eq!(keys(1).fingerprint(&number), keys(1).fingerprint(&spaced));
    }

    #[test]
    fn a_digest_tells_where_one_part_ends() {
        let digest = |parts: &[&[u8]]| keys(1).request_digest(parts);
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
        assert_eq!(digest(&[b"ab", b"c"]), digest(&[b"ab", b"c"]));
    }

    proptest! {
        #[test]
        fn sealed_bytes_that_were_changed_do_not_open(at in 0_usize..44, bit in 0_u8..8) {
            let token = CardToken::from_bytes([1; 16]);
            let number = CardNumber::parse("1234123412341231").unwrap();
            let mut sealed = keys(1).seal_card(token, &number).unwrap();
            prop_assert_eq!(sealed.len(), 44);
            prop_assert_eq!(sealed.capacity(), sealed_length(16), "it was never moved");
            sealed[at] ^= 1 << bit;
            prop_assert_eq!(keys(1).open_card(token, &sealed), Err(VaultError::Forged));
        }
    }
}
