//! Users, sessions, attempts to sign in, invitations, the audit log.
//!
//! Invariant: each comes back as it was written, to its own merchant alone; what may be written
//! once only conflicts the second time.

#![cfg(test)]

use aval_domain::audit::{Act, BEGINNING, Entry};
use aval_domain::id::MerchantId;
use aval_domain::session::{IDLE, Invitation, Session, SignIns};
use aval_domain::user::{PasswordHash, Role, SecondFactor, User};
use aval_storage::access::AccessWrite;
use aval_storage::{CommitError, Conflict, Write};

use crate::support::{NOW, Store, commit, merchant_id};

crate::on_both_engines!(
    a_user_who_changes_expects_the_version_before,
    a_session_comes_back_is_noted_by_version_and_forgotten_when_it_rests,
    attempts_to_sign_in_are_counted_one_after_the_other,
    an_invitation_comes_back_until_it_goes,
    a_number_of_the_audit_log_is_taken_once,
);

fn access(write: AccessWrite) -> Vec<Write> {
    vec![Write::Access(write)]
}

fn user(merchant: MerchantId) -> User {
    User {
        merchant,
        login: "ana".to_owned(),
        name: None,
        email: None,
        role: Role::Operator,
        password: PasswordHash("$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA".to_owned()),
        blocked: false,
        second_factor: None,
        created_at: NOW,
        version: 1,
    }
}

async fn a_user_who_changes_expects_the_version_before(store: Store) {
    let merchant = merchant_id();
    let first = user(merchant);
    let insert = vec![Write::InsertUser(Box::new(first.clone()))];
    commit(&store, merchant, insert).await.unwrap();
    let second = User {
        version: 2,
        role: Role::Administrator,
        blocked: true,
        email: Some("ana@loja.com".to_owned()),
        second_factor: Some(SecondFactor {
            sealed: vec![7; 48],
            recovery: vec![[8; 32], [9; 32]],
        }),
        ..first.clone()
    };
    let update = || access(AccessWrite::UpdateUser(Box::new(second.clone())));
    commit(&store, merchant, update()).await.unwrap();
    let read = store.user(merchant, "ana").await.unwrap();
    assert_eq!(read.as_ref(), Some(&second));
    let again = commit(&store, merchant, update()).await;
    assert!(
        matches!(again, Err(CommitError::Conflict(Conflict::Version))),
        "{again:?}"
    );
    let without = User {
        version: 3,
        second_factor: None,
        ..second
    };
    let write = AccessWrite::UpdateUser(Box::new(without.clone()));
    commit(&store, merchant, access(write)).await.unwrap();
    let other = User {
        login: "rui".to_owned(),
        ..first
    };
    let insert = vec![Write::InsertUser(Box::new(other.clone()))];
    commit(&store, merchant, insert).await.unwrap();
    let all = store.users(merchant, "", 10).await.unwrap();
    assert_eq!(all, [without, other.clone()]);
    assert_eq!(store.users(merchant, "ana", 1).await.unwrap(), [other]);
    assert_eq!(store.users(merchant_id(), "", 10).await.unwrap(), []);
}

async fn a_session_comes_back_is_noted_by_version_and_forgotten_when_it_rests(store: Store) {
    let merchant = merchant_id();
    let session = Session {
        merchant,
        id: [3; 32],
        version: 1,
        seen_at: NOW,
        user_version: 4,
        login: "ana".to_owned(),
        created_at: NOW,
        address: "192.0.2.1".to_owned(),
        agent: "Chrome".to_owned(),
    };
    let write = AccessWrite::InsertSession(Box::new(session.clone()));
    commit(&store, merchant, access(write)).await.unwrap();
    let read = store.session(merchant, [3; 32]).await.unwrap();
    assert_eq!(read.as_ref(), Some(&session));
    assert_eq!(store.session(merchant_id(), [3; 32]).await.unwrap(), None);
    assert_eq!(store.session(merchant, [4; 32]).await.unwrap(), None);
    let noted = Session {
        version: 2,
        seen_at: NOW.plus(1),
        ..session
    };
    let update = || access(AccessWrite::UpdateSession(Box::new(noted.clone())));
    commit(&store, merchant, update()).await.unwrap();
    let again = commit(&store, merchant, update()).await;
    assert!(
        matches!(again, Err(CommitError::Conflict(Conflict::Version))),
        "{again:?}"
    );
    let of = async |login, after| store.sessions(merchant, login, after, 10).await.unwrap();
    assert_eq!(of("ana", [0; 32]).await, [noted]);
    assert_eq!(of("ana", [3; 32]).await, [], "after it");
    assert_eq!(of("rui", [0; 32]).await, [], "of somebody else");
    let rested = NOW.plus(IDLE.saturating_neg());
    assert_eq!(store.forget_sessions(merchant, rested).await.unwrap(), 0);
    let other = merchant_id();
    assert_eq!(store.forget_sessions(other, NOW.plus(1)).await.unwrap(), 0);
    let forgotten = store.forget_sessions(merchant, NOW.plus(1)).await;
    assert_eq!(forgotten.unwrap(), 1);
    let end = || access(AccessWrite::DeleteSession([3; 32]));
    commit(&store, merchant, end()).await.unwrap();
}

async fn attempts_to_sign_in_are_counted_one_after_the_other(store: Store) {
    let merchant = merchant_id();
    let first = SignIns::new(merchant, "ana".to_owned()).failed(NOW);
    let put = |tried: &SignIns| access(AccessWrite::PutSignIns(Box::new(tried.clone())));
    commit(&store, merchant, put(&first)).await.unwrap();
    let again = commit(&store, merchant, put(&first)).await;
    assert!(
        matches!(again, Err(CommitError::Conflict(Conflict::Version))),
        "two first attempts at once: {again:?}"
    );
    let locked = (0..9).fold(first, |tried, _| tried.failed(NOW));
    let locked = SignIns {
        version: 2,
        used_step: Some(59_000_000),
        ..locked
    };
    commit(&store, merchant, put(&locked)).await.unwrap();
    let read = store.sign_ins(merchant, "ana").await.unwrap();
    assert_eq!(read.as_ref(), Some(&locked));
    assert!(read.unwrap().is_locked(NOW.plus(1)));
    let all = store.all_sign_ins(merchant, "", 10).await.unwrap();
    assert_eq!(all, [locked]);
    assert_eq!(store.sign_ins(merchant_id(), "ana").await.unwrap(), None);
}

async fn an_invitation_comes_back_until_it_goes(store: Store) {
    let merchant = merchant_id();
    let invitation = Invitation {
        merchant,
        id: [5; 32],
        login: "rui".to_owned(),
        name: Some("Rui".to_owned()),
        email: None,
        role: Role::Finance,
        invited_by: "ana".to_owned(),
        created_at: NOW,
        expires_at: NOW.plus(1),
    };
    let insert = || access(AccessWrite::InsertInvitation(Box::new(invitation.clone())));
    commit(&store, merchant, insert()).await.unwrap();
    let read = store.invitation(merchant, [5; 32]).await.unwrap();
    assert_eq!(read.as_ref(), Some(&invitation));
    assert_eq!(
        store.invitation(merchant_id(), [5; 32]).await.unwrap(),
        None
    );
    assert_eq!(store.invitations(merchant, 9).await.unwrap().len(), 1);
    assert_eq!(store.forget_invitations(merchant, NOW).await.unwrap(), 0);
    let gone = store.forget_invitations(merchant, NOW.plus(1)).await;
    assert_eq!(gone.unwrap(), 1);
    commit(&store, merchant, insert()).await.unwrap();
    let withdraw = access(AccessWrite::DeleteInvitation([5; 32]));
    commit(&store, merchant, withdraw).await.unwrap();
    assert_eq!(store.invitation(merchant, [5; 32]).await.unwrap(), None);
}

async fn a_number_of_the_audit_log_is_taken_once(store: Store) {
    let (merchant, other) = (merchant_id(), merchant_id());
    let entry = |number| Entry {
        merchant,
        number,
        at: NOW,
        act: Act::new("ana", "user.block", "rui").with("a=1").from("::1"),
        hash: BEGINNING,
    };
    let insert = |number| access(AccessWrite::InsertEntry(Box::new(entry(number))));
    assert_eq!(store.last_entry(merchant).await.unwrap(), None);
    for number in 1..=3 {
        commit(&store, merchant, insert(number)).await.unwrap();
    }
    let again = commit(&store, merchant, insert(3)).await;
    assert!(
        matches!(
            again,
            Err(CommitError::Conflict(Conflict::AuditNumberTaken))
        ),
        "{again:?}"
    );
    assert_eq!(store.last_entry(merchant).await.unwrap(), Some(entry(3)));
    let after = store.entries_after(merchant, 1, 10).await.unwrap();
    assert_eq!(after, [entry(2), entry(3)]);
    let before = store.entries_before(merchant, u64::MAX, 2).await.unwrap();
    assert_eq!(before, [entry(3), entry(2)]);
    assert_eq!(store.entries_after(other, 0, 10).await.unwrap(), []);
    let theirs = Entry {
        merchant: other,
        ..entry(1)
    };
    let write = AccessWrite::InsertEntry(Box::new(theirs));
    commit(&store, other, access(write)).await.unwrap();
}
