//! The one source of chance for what need not be secret: ids, receipts, the card ending in 9.
//!
//! Invariant: with a seed it gives the same sequence every time. Keys never come from here but from
//! the vault.

use std::sync::{Mutex, PoisonError};

use aval_domain::boleto::OurNumber;
use aval_domain::id::{
    CardToken, DeliveryId, JobId, ListenerId, MerchantId, NotificationId, PaymentId,
    RecurrentPaymentId,
};
use aval_domain::time::Timestamp;
use rand_chacha::ChaCha12Rng;
use rand_core::{RngCore, SeedableRng};

/// The one source of chance.
pub struct Chance {
    generator: Mutex<ChaCha12Rng>,
    /// Apart from the other, so that a seed gives the same outcomes however many ids were drawn.
    coins: Mutex<ChaCha12Rng>,
}

impl Chance {
    /// The same sequence every time.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::of(ChaCha12Rng::seed_from_u64(seed))
    }

    /// A sequence that nobody foresees, from random bytes.
    #[must_use]
    pub fn from_bytes(seed: [u8; 32]) -> Self {
        Self::of(ChaCha12Rng::from_seed(seed))
    }

    fn of(generator: ChaCha12Rng) -> Self {
        let mut coins = generator.clone();
        coins.set_stream(1);
        Self {
            generator: Mutex::new(generator),
            coins: Mutex::new(coins),
        }
    }

    /// A new payment id for a moment.
    #[must_use]
    pub fn payment_id(&self, now: Timestamp) -> PaymentId {
        PaymentId::at(now, self.bytes())
    }

    /// A new card token for a moment.
    #[must_use]
    pub fn card_token(&self, now: Timestamp) -> CardToken {
        CardToken::at(now, self.bytes())
    }

    /// A new merchant id for a moment.
    #[must_use]
    pub fn merchant_id(&self, now: Timestamp) -> MerchantId {
        MerchantId::at(now, self.bytes())
    }

    /// A new notification id for a moment.
    #[must_use]
    pub fn notification_id(&self, now: Timestamp) -> NotificationId {
        NotificationId::at(now, self.bytes())
    }

    /// A new id of an attempt for a moment.
    #[must_use]
    pub fn delivery_id(&self, now: Timestamp) -> DeliveryId {
        DeliveryId::at(now, self.bytes())
    }

    /// A new id of a listener for a moment.
    #[must_use]
    pub fn listener_id(&self, now: Timestamp) -> ListenerId {
        ListenerId::at(now, self.bytes())
    }

    /// A new id of a job for a moment.
    #[must_use]
    pub fn job_id(&self, now: Timestamp) -> JobId {
        JobId::at(now, self.bytes())
    }

    /// A new id of a recurrence for a moment.
    #[must_use]
    pub fn recurrent_payment_id(&self, now: Timestamp) -> RecurrentPaymentId {
        RecurrentPaymentId::at(now, self.bytes())
    }

    /// The name of a server among those on its store. Never from the seed: two servers that were
    /// started with the same one would each take the other's lease for its own.
    #[must_use]
    pub fn server_name(&self) -> [u8; 16] {
        let drawn = aval_vault::seed().ok();
        let name = drawn.and_then(|bytes| bytes.first_chunk().copied());
        name.unwrap_or_else(|| self.bytes())
    }

    /// A text of so many decimal digits.
    #[must_use]
    pub fn digits(&self, count: usize) -> String {
        let mut generator = self
            .generator
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let digit = |number: u32| char::from_digit(number % 10, 10).unwrap_or('0');
        (0..count)
            .map(|_| digit(generator.next_u32() >> 8))
            .collect()
    }

    /// A number for a slip whose shop sent none.
    #[must_use]
    pub fn slip_number(&self) -> OurNumber {
        OurNumber::drawn(u64::from_le_bytes(self.bytes()))
    }

    /// One of two, evenly.
    #[must_use]
    pub fn coin(&self) -> bool {
        let mut coins = self.coins.lock().unwrap_or_else(PoisonError::into_inner);
        coins.next_u32() >> 31 == 0
    }

    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        let mut generator = self
            .generator
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        generator.fill_bytes(&mut bytes);
        bytes
    }
}

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chance")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_sequence() {
        let draw = |chance: &Chance| (chance.digits(6), chance.coin(), chance.bytes::<8>());
        assert_eq!(draw(&Chance::seeded(7)), draw(&Chance::seeded(7)));
        assert_ne!(draw(&Chance::seeded(7)), draw(&Chance::seeded(8)));
    }

    #[test]
    fn a_seed_gives_the_same_coins_whatever_else_was_drawn() {
        assert_ne!(
            Chance::seeded(7).server_name(),
            Chance::seeded(7).server_name()
        );
        let coins = |chance: &Chance| (0..64).map(|_| chance.coin()).collect::<Vec<_>>();
        let busy = Chance::seeded(7);
        assert_eq!(busy.digits(100).len(), 100);
        assert_eq!(coins(&busy), coins(&Chance::seeded(7)));
        assert_ne!(coins(&Chance::seeded(8)), coins(&Chance::seeded(7)));
    }

    #[test]
    fn a_coin_is_even() {
        let chance = Chance::seeded(1);
        let heads = (0..10_000).filter(|_| chance.coin()).count();
        assert!((4_800..5_200).contains(&heads), "{heads}");
    }
}
