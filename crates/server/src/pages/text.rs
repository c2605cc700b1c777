//! The texts of all pages, one table for each language, and which language is spoken.
//!
//! Invariant: both tables have every text, which the compiler sees to; a page shows no text that is
//! not from here, but what was sent and the API's own names.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

use aval_api::route;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// pt-BR.
    Portuguese,
    /// English.
    English,
}

impl Language {
    /// The language of a request: `?lang=`, else the first one known in Accept-Language by its
    /// weight, else Portuguese.
    #[must_use]
    pub fn of(query: Option<&str>, headers: &HeaderMap) -> Self {
        let chosen = route::parameter(query, "lang");
        if let Some(language) = chosen.as_deref().and_then(Self::by_tag) {
            return language;
        }
        let accepted = headers.get(ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or("");
        Self::accepted(accepted).unwrap_or(Self::Portuguese)
    }

    fn accepted(text: &str) -> Option<Self> {
        let weighed = text.split(',').filter_map(|range| {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let weight = parameters.trim().strip_prefix("q=").unwrap_or("1");
            let weight: f32 = weight.parse().ok()?;
            let language = Self::by_tag(tag.trim())?;
            (weight > 0.0).then_some((weight, language))
        });
        let heavier = |best: Option<(f32, Self)>, next: (f32, Self)| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            Some(_) | None => Some(next),
        };
        weighed.fold(None, heavier).map(|(_, language)| language)
    }

    /// The language of a tag like `pt-BR`, when it is one of ours.
    #[must_use]
    pub fn by_tag(tag: &str) -> Option<Self> {
        let main = tag.split(['-', '_']).next().unwrap_or("");
        match main.to_ascii_lowercase().as_str() {
            "pt" => Some(Self::Portuguese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The tag for `lang`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Portuguese => "pt-BR",
            Self::English => "en",
        }
    }

    /// Its name, in itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portuguese => "Português",
            Self::English => "English",
        }
    }

    /// Whether it is this one, for templates.
    #[must_use]
    pub fn is(&self, tag: &str) -> bool {
        self.tag() == tag
    }

    /// Its texts.
    #[must_use]
    pub const fn texts(self) -> &'static Texts {
        match self {
            Self::Portuguese => &PORTUGUESE,
            Self::English => &ENGLISH,
        }
    }
}

macro_rules! texts {
    ($($(#[$about:meta])* $name:ident: $portuguese:literal, $english:literal;)*) => {
        /// Every text of the pages, in one language.
        pub struct Texts {
            $($(#[$about])* pub $name: &'static str,)*
        }

        static PORTUGUESE: Texts = Texts { $($name: $portuguese,)* };
        static ENGLISH: Texts = Texts { $($name: $english,)* };

        #[cfg(test)]
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $portuguese, $english),)*];
    };
}

texts! {
    /// Link to the content, for keyboards.
    skip: "Ir para o conteúdo", "Skip to content";
    /// Name of the switch of languages.
    language: "Idioma", "Language";
    /// The environment.
    sandbox: "Sandbox", "Sandbox";
    /// Foot of every page.
    foot: "Ambiente de testes: nenhuma venda feita aqui é real.",
          "A test environment: no sale made here is real.";
    /// Button that copies.
    copy: "Copiar", "Copy";
    /// After copying.
    copied: "Copiado", "Copied";
    /// Before the title when something is wrong.
    error: "Erro", "Error";
    /// After the label of a field that may stay empty.
    optional: "opcional", "optional";

    /// Label: the shop.
    buyer_shop: "Loja", "Shop";
    /// Label: the order number.
    buyer_order: "Pedido", "Order";
    /// Label: the card.
    buyer_card: "Cartão", "Card";
    /// Label: when.
    buyer_date: "Data", "Date";
    /// Label: the amount.
    buyer_amount: "Valor", "Amount";
    /// Button that leads back to the shop.
    buyer_back: "Voltar à loja", "Back to the shop";
    /// Shown while the browser is about to go back by itself.
    buyer_going: "Você volta à loja em instantes.", "You return to the shop in a moment.";
    /// A page opened after the decision.
    buyer_before: "Este pagamento já foi decidido.", "This payment is already decided.";
    /// A decision that came too late.
    buyer_too_late: "Este pagamento já foi decidido em outra página. Sua escolha não foi usada.",
                    "This payment was decided on another page. Your choice was not used.";
    /// What was sent is no decision.
    buyer_choose: "Escolha uma das opções para continuar.", "Choose one of the options to go on.";
    /// Above the buttons that a real page would not have.
    buyer_others: "Simular outro resultado", "Simulate another outcome";
    /// Note on every page that decides.
    buyer_sandbox: "Página simulada: escolha o resultado que quer testar. Nenhum dinheiro se \
                    move.",
                   "A simulated page: choose the outcome to test. No money is moved.";
    /// No such page, or no right to it.
    buyer_not_found: "Página não encontrada", "Page not found";
    /// What to do about it.
    buyer_not_found_about: "O endereço está incompleto ou não vale mais. Volte à loja e tente \
                            novamente.",
                           "The address is incomplete or no longer valid. Go back to the shop and \
                            try again.";
    /// The server could not do it.
    buyer_failed: "Não foi possível continuar", "We could not go on";
    /// What to do about it.
    buyer_failed_about: "Nada foi cobrado. Recarregue a página em instantes.",
                        "Nothing was charged. Reload the page in a moment.";
    /// Given up by the buyer.
    buyer_aborted: "Pagamento cancelado", "Payment cancelled";
    /// What that means.
    buyer_aborted_about: "O pagamento não foi concluído. Nada foi cobrado.",
                         "The payment was not completed. Nothing was charged.";
    /// Given back since.
    buyer_voided: "Pagamento estornado", "Payment given back";
    /// What that means.
    buyer_voided_about: "A loja devolveu o valor deste pagamento.",
                        "The shop gave the amount of this payment back.";

    /// Name of the simulated issuer.
    issuer_name: "Banco Emissor", "Issuing Bank";
    /// Title of its page.
    issuer_title: "Confirme sua compra", "Confirm your purchase";
    /// What is asked.
    issuer_about: "Para sua segurança, o banco emissor do cartão precisa saber que é você quem \
                   está comprando.",
                  "For your safety, the bank that issued the card has to know that it is you who \
                   is buying.";
    /// Button: the buyer is known.
    issuer_approve: "Confirmar compra", "Confirm purchase";
    /// Button: the issuer does not know the buyer.
    issuer_fail: "Falhar a autenticação", "Fail the authentication";
    /// Button: the buyer gives up.
    issuer_abandon: "Desistir e voltar à loja", "Give up and go back to the shop";
    /// Known, and authorized.
    issuer_good: "Compra autorizada", "Purchase authorized";
    /// What that means.
    issuer_good_about: "Sua identidade foi confirmada e o cartão autorizou o pagamento.",
                       "Your identity was confirmed and the card authorized the payment.";
    /// Not known.
    issuer_failed: "Autenticação não concluída", "Authentication failed";
    /// What that means.
    issuer_failed_about: "O banco não confirmou sua identidade. Nada foi cobrado.",
                         "The bank did not confirm your identity. Nothing was charged.";
    /// Known, and the card denied.
    issuer_denied: "Compra não autorizada", "Purchase not authorized";
    /// What that means.
    issuer_denied_about: "Sua identidade foi confirmada, mas o cartão recusou o pagamento. Nada \
                          foi cobrado.",
                         "Your identity was confirmed, but the card declined the payment. Nothing \
                          was charged.";
    /// Known, and no answer came yet.
    issuer_open: "Aguardando a resposta", "Waiting for the answer";
    /// What that means.
    issuer_open_about: "Sua identidade foi confirmada. A loja saberá em breve se o pagamento foi \
                        autorizado.",
                       "Your identity was confirmed. The shop will soon know whether the payment \
                        was authorized.";

    /// Title of a bank's page.
    bank_title: "Pagamento por transferência", "Payment by transfer";
    /// What is asked.
    bank_about: "Confira os dados e autorize o débito em sua conta.",
                "Check the details and authorize the debit to your account.";
    /// What is asked of a transfer that waits.
    bank_pending_again: "Esta transferência aguarda a confirmação do banco. Você ainda pode \
                         autorizá-la ou recusá-la.",
                        "This transfer waits for the bank. You can still authorize or refuse it.";
    /// Button: pay.
    bank_pay: "Pagar", "Pay";
    /// Button: keep pending.
    bank_pending: "Deixar pendente", "Keep pending";
    /// Button: refuse.
    bank_refuse: "Recusar", "Refuse";
    /// Paid.
    bank_good: "Transferência concluída", "Transfer made";
    /// What that means.
    bank_good_about: "O valor foi debitado de sua conta e enviado à loja.",
                     "The amount was taken from your account and sent to the shop.";
    /// Refused.
    bank_refused: "Transferência recusada", "Transfer refused";
    /// What that means.
    bank_refused_about: "Nada foi debitado de sua conta.", "Nothing was taken from your account.";
    /// Pending.
    bank_open: "Transferência pendente", "Transfer pending";
    /// What that means.
    bank_open_about: "O banco ainda não confirmou a transferência. A loja será avisada.",
                     "The bank has not confirmed the transfer yet. The shop will be told.";

    /// Title of the registration.
    register_title: "Crie sua conta de testes", "Create your test account";
    /// What it is for.
    register_lead: "Receba na hora um MerchantId e um MerchantKey e comece a integrar: vendas, \
                    capturas, cancelamentos e consultas, sem credenciamento.",
                   "Get a MerchantId and a MerchantKey at once and start integrating: sales, \
                    captures, voids and queries, without any affiliation.";
    /// First benefit.
    benefit_ready: "Pronta para usar", "Ready to use";
    /// About it.
    benefit_ready_about: "As credenciais valem em todas as chamadas da API assim que aparecem.",
                         "The credentials work on every call of the API as soon as you see them.";
    /// Second benefit.
    benefit_cards: "Cartões que decidem", "Cards that decide";
    /// About it.
    benefit_cards_about: "O último dígito do cartão escolhe o resultado: autorizada, negada, \
                          expirada…",
                         "The card's last digit picks the outcome: authorized, denied, expired…";
    /// Third benefit.
    benefit_safe: "Só de mentira", "Only pretend";
    /// About it.
    benefit_safe_about: "O adquirente é um simulador. Nenhum dinheiro se move.",
                        "The acquirer is a simulator. No money moves.";
    /// Heading of the form.
    form_title: "Seus dados", "Your details";
    /// Label.
    name_label: "Nome", "Name";
    /// Hint.
    name_hint: "Quem vai usar a conta.", "Who will use the account.";
    /// Missing.
    name_missing: "Informe o seu nome.", "Enter your name.";
    /// Too long.
    name_long: "O nome tem mais de 100 caracteres.", "The name has more than 100 characters.";
    /// Label.
    email_label: "E-mail", "E-mail";
    /// Hint.
    email_hint: "Fica guardado com o seu usuário. Nada é enviado a ele.",
                "It is kept with your user. Nothing is sent to it.";
    /// Missing.
    email_missing: "Informe o seu e-mail.", "Enter your e-mail address.";
    /// Wrong.
    email_wrong: "Informe um e-mail completo, como ana@loja.com.br.",
                 "Enter a whole e-mail address, such as ana@shop.com.";
    /// Label.
    establishment_label: "Estabelecimento", "Establishment";
    /// Hint.
    establishment_hint: "O nome da sua loja. Sem ele, usamos o seu.",
                        "Your shop's name. Without one, yours is used.";
    /// Too long.
    establishment_long: "O estabelecimento tem mais de 100 caracteres.",
                        "The establishment has more than 100 characters.";
    /// Button.
    register_button: "Criar conta", "Create account";
    /// Heading of the summary of errors.
    summary: "Confira o que falta", "Please check";
    /// The form is too old or not ours.
    expired_form: "Este formulário expirou ou já foi enviado. Nada foi criado agora: confira os \
                   dados e envie de novo.",
                  "This form has expired or was sent already. Nothing was created now: check the \
                   details and send it again.";

    /// Title of the success page.
    done_title: "Sua conta está pronta", "Your account is ready";
    /// Warning.
    done_once: "Guarde agora: o MerchantKey e a senha aparecem só desta vez.",
               "Save them now: the MerchantKey and the password are shown this once.";
    /// Heading.
    api_title: "Para a API", "For the API";
    /// Heading.
    backoffice_title: "Para o back office", "For the back office";
    /// Label of the establishment code.
    done_establishment: "Estabelecimento", "Establishment";
    /// Label.
    done_user: "Usuário", "User";
    /// Label.
    done_password: "Senha", "Password";
    /// Heading of the curl.
    curl_title: "Faça a primeira venda", "Make the first sale";
    /// About it.
    curl_about: "Cole no terminal. A resposta 201 com Status 1 é uma venda autorizada.",
                "Paste it into a terminal. The answer 201 with Status 1 is an authorized sale.";

    /// Title when the credentials cannot be shown (any more).
    gone_title: "Não há credenciais para mostrar", "There are no credentials to show";
    /// About it.
    gone_about: "Elas aparecem uma única vez, logo após o cadastro. Se você as perdeu, crie outra \
                 conta.",
                "They are shown once, right after registration. If you lost them, create another \
                 account.";
    /// Link.
    again: "Criar outra conta", "Create another account";
    /// Title at the limit.
    many_title: "Muitos cadastros deste endereço", "Too many registrations from this address";
    /// About it.
    many_about: "Espere meio minuto e tente de novo. Nada foi criado agora.",
                "Wait half a minute and try again. Nothing was created now.";
    /// Title of a failure of ours.
    failed_title: "Não deu certo agora", "That did not work";
    /// About it.
    failed_about: "O servidor não conseguiu gravar a conta. Tente de novo em instantes.",
                  "The server could not store the account. Try again in a moment.";
    /// Link.
    back: "Voltar ao cadastro", "Back to registration";

    /// Title of a slip's page.
    boleto_title: "Boleto", "Boleto";
    /// On a slip that no bank takes.
    slip_test: "Ambiente de testes: nenhum banco aceita este boleto.",
               "Test environment: no bank accepts this boleto.";
    /// The upper part of a slip.
    slip_receipt: "Recibo do pagador", "Payer's receipt";
    /// The lower part of a slip.
    slip_clearing: "Ficha de compensação", "Clearing slip";
    /// Between them.
    slip_cut: "Corte na linha pontilhada", "Cut along the dotted line";
    /// Label.
    slip_place: "Local de pagamento", "Where to pay";
    /// The value of that label.
    slip_anywhere: "Pagável em qualquer banco ou pelo aplicativo do seu banco",
                   "Payable at any bank or in your bank's app";
    /// Label.
    slip_due: "Vencimento", "Due date";
    /// Label.
    slip_beneficiary: "Beneficiário", "Beneficiary";
    /// Label.
    slip_account: "Agência / Conta do beneficiário", "Beneficiary's agency / account";
    /// Label.
    slip_payer: "Pagador", "Payer";
    /// Label.
    slip_guarantor: "Sacador / Avalista", "Drawer / Guarantor";
    /// Label.
    slip_clearing_code: "Código de baixa", "Write-off code";
    /// Label.
    slip_number: "Nosso número", "Our number";
    /// Label.
    slip_order: "Nº do documento", "Document no.";
    /// Label.
    slip_issued: "Data do documento", "Document date";
    /// Label.
    slip_kind: "Espécie doc.", "Doc. kind";
    /// Label.
    slip_acceptance: "Aceite", "Accept";
    /// Label.
    slip_processed: "Data do processamento", "Processing date";
    /// Label.
    slip_bank_use: "Uso do banco", "For the bank";
    /// Label.
    slip_wallet: "Carteira", "Wallet";
    /// Label.
    slip_currency: "Espécie", "Currency";
    /// Label.
    slip_quantity: "Quantidade", "Quantity";
    /// Label.
    slip_unit: "Valor", "Value";
    /// Label.
    slip_amount: "(=) Valor do documento", "(=) Document amount";
    /// Label.
    slip_discount: "(−) Desconto / Abatimento", "(−) Discount / Rebate";
    /// Label.
    slip_deductions: "(−) Outras deduções", "(−) Other deductions";
    /// Label.
    slip_fine: "(+) Mora / Multa", "(+) Interest / Fine";
    /// Label.
    slip_additions: "(+) Outros acréscimos", "(+) Other additions";
    /// Label.
    slip_charged: "(=) Valor cobrado", "(=) Amount charged";
    /// Label.
    slip_instructions: "Instruções (texto de responsabilidade do beneficiário)",
                       "Instructions (the beneficiary's own text)";
    /// Label.
    slip_demonstrative: "Demonstrativo", "Statement";
    /// Label.
    slip_line: "Linha digitável", "Digitable line";
    /// Label.
    slip_authentication: "Autenticação mecânica", "Machine authentication";
    /// What the bars of a slip are, for those who do not see them.
    slip_bars: "Código de barras", "Bar code";
    /// Above the line of digits.
    boleto_how: "Copie a linha digitável no aplicativo do seu banco, ou leia o código de barras.",
                "Copy the digitable line into your bank's app, or scan the bar code.";
    /// Link.
    boleto_pdf: "Baixar PDF", "Download PDF";
    /// Button.
    boleto_print: "Imprimir", "Print";
    /// About it.
    boleto_pay_about: "Simula o pagamento no banco: a loja é avisada e nenhum dinheiro se move.",
                      "Simulates the payment at a bank: the shop is told and no money moves.";
    /// Button.
    boleto_pay: "Pagar boleto", "Pay boleto";
    /// State.
    boleto_open: "Aguardando pagamento", "Waiting for payment";
    /// State.
    boleto_late: "Vencido, ainda pode ser pago", "Past its due date, it can still be paid";
    /// State.
    boleto_paid: "Pago", "Paid";
    /// State.
    boleto_underpaid: "Pago em parte", "Paid in part";
    /// Label.
    boleto_received: "Recebido", "Received";
    /// Label.
    boleto_left: "Falta pagar", "Left to pay";
    /// About a slip that is paid.
    boleto_paid_about: "Este boleto foi pago. A loja foi avisada e não há mais nada a pagar.",
                       "This boleto was paid. The shop was told and nothing is left to pay.";
    /// Stamp on a slip that is paid.
    slip_paid: "Pago", "Paid";
    /// Label.
    slip_paid_on: "Pago em", "Paid on";
    /// Label.
    slip_paid_amount: "(=) Valor recebido", "(=) Amount received";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(query: Option<&str>, accepted: &'static str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, http::HeaderValue::from_static(accepted));
        Language::of(query, &headers)
    }

    #[test]
    fn the_query_wins_over_the_header_and_portuguese_is_the_rest() {
        use Language::{English, Portuguese};
        for (query, accepted, language) in [
            (None, "en-US,en;q=0.9,pt;q=0.8", English),
            (None, "pt-BR,pt;q=0.9,en;q=0.8", Portuguese),
            (None, "de, en;q=0.3, pt;q=0.5", Portuguese),
            (None, "de, pt;q=0, en;q=0.1", English),
            (None, "de", Portuguese),
            (None, "", Portuguese),
            (None, "en;q=x", Portuguese),
            (Some("lang=en"), "pt-BR", English),
            (Some("a=1&lang=pt-BR"), "en", Portuguese),
            (Some("lang=de"), "en", English),
        ] {
            assert_eq!(of(query, accepted), language, "{query:?} {accepted}");
        }
    }

    #[test]
    fn no_text_is_empty_or_ends_in_a_blank() {
        for (name, portuguese, english) in ALL {
            for text in [portuguese, english] {
                assert!(!text.is_empty() && text.trim() == *text, "{name}");
                assert!(!text.contains("  "), "{name}");
            }
        }
    }
}
