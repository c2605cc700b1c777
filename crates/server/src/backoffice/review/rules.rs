//! `/rules`: a shop's own rules, checked as they are saved, and tried on a sale before.
//!
//! Invariant: a rule that cannot be evaluated is not kept; a trial keeps nothing.

use askama::Template;
use aval_api::sales;
use aval_domain::fraud::rule::{Action, MOST, Rule};
use aval_domain::user::Permission;
use aval_gateway::audit::By;
use aval_gateway::fraud::rules::{self as engine, RuleError};
use aval_gateway::fraud::trial;
use aval_gateway::operations::lists::{self, RulesError};
use axum::response::Response;
use http::StatusCode;

use super::super::context::Context;
use super::super::developer::data;
use super::super::failure::Failure;
use super::super::layout::{Layout, answer};
use super::text::Texts;
use crate::pages::see_other;

const PATH: &str = "/rules";
/// A sale to try rules on.
const EXAMPLE: &str = include_str!("../../../data/trial-sale.json");

#[derive(Template)]
#[template(path = "backoffice/review/rules.html")]
struct RulesPage {
    layout: Layout,
    t: &'static Texts,
    rules: Vec<Row>,
    form: Form,
    variables: Vec<(&'static str, &'static str)>,
    may_change: bool,
    wrong: Option<String>,
    tried: Option<Tried>,
}

/// A rule in the list.
struct Row {
    name: String,
    expression: String,
    action: String,
    is_enabled: bool,
    is_on_trial: bool,
}

/// The form.
struct Form {
    name: String,
    position: String,
    expression: String,
    action: String,
    is_enabled: bool,
    is_on_trial: bool,
    sale: String,
}

/// What became of a trial.
struct Tried {
    decision: &'static str,
    kind: &'static str,
    score: u8,
    lines: Vec<(String, String, i32)>,
    rules: Vec<(String, String, bool)>,
}

impl Form {
    fn empty(position: usize) -> Self {
        Self {
            name: String::new(),
            position: position.to_string(),
            expression: String::new(),
            action: "review".to_owned(),
            is_enabled: true,
            is_on_trial: true,
            sale: EXAMPLE.to_owned(),
        }
    }

    fn of(rule: &Rule) -> Self {
        Self {
            name: rule.name.clone(),
            position: rule.position.to_string(),
            expression: rule.expression.clone(),
            action: rule.action.to_string(),
            is_enabled: rule.enabled,
            is_on_trial: rule.dry_run,
            sale: EXAMPLE.to_owned(),
        }
    }

    fn sent(context: &Context) -> Self {
        let form = &context.form;
        let sale: String = form.all("sale").take(1).collect();
        Self {
            name: form.value("name"),
            position: form.value("position"),
            expression: form.value("expression"),
            action: form.value("action"),
            is_enabled: form.value("enabled") == "on",
            is_on_trial: form.value("dry_run") == "on",
            sale: if sale.trim().is_empty() {
                EXAMPLE.to_owned()
            } else {
                sale
            },
        }
    }

    /// The rule that it says, or what is wrong with it.
    fn rule(&self, t: &Texts) -> Result<Rule, String> {
        let action = Action::parse(&self.action).ok_or_else(|| t.wrong_action.to_owned())?;
        let rule = Rule {
            name: self.name.clone(),
            position: self
                .position
                .parse()
                .map_err(|_| t.wrong_position.to_owned())?,
            expression: self.expression.clone(),
            action,
            enabled: self.is_enabled,
            dry_run: self.is_on_trial,
        };
        engine::compile(rule.clone()).map_err(|why| told(&why, t))?;
        Ok(rule)
    }
}

/// Why a rule is not kept, in words.
fn told(why: &RuleError, t: &Texts) -> String {
    match why {
        RuleError::Name => t.wrong_name.to_owned(),
        RuleError::Bounds(_) => t.wrong_bounds.to_owned(),
        RuleError::Syntax(what) => format!("{} {what}", t.wrong_syntax),
        RuleError::Variable(name) => format!("{} {name}", t.wrong_variable),
        RuleError::Unsupported(name) => format!("{} {name}", t.wrong_unsupported),
        RuleError::Kind(what) => format!("{} {what}", t.wrong_kind),
    }
}

/// Shows the rules, and the form: empty, or filled with the one that is named.
pub async fn show(context: &Context) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let kept = kept(context).await?;
    let named = context.parameter("edit");
    let form = kept.iter().find(|rule| rule.name == named);
    let form = form.map_or_else(|| Form::empty(kept.len()), Form::of);
    let toast = match context.parameter("done").as_str() {
        "saved" => Some(t.rule_saved),
        "removed" => Some(t.rule_removed),
        _ => None,
    };
    let page = page(context, &kept, form);
    let page = RulesPage {
        layout: context.layout().telling(toast),
        ..page
    };
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

async fn kept(context: &Context) -> Result<Vec<Rule>, Failure> {
    let stored = context.server.app.storage.fraud_rules(context.of()).await?;
    Ok(stored.into_iter().map(|one| one.rule).collect())
}

fn page(context: &Context, kept: &[Rule], form: Form) -> RulesPage {
    let row = |rule: &Rule| Row {
        name: rule.name.clone(),
        expression: rule.expression.clone(),
        action: rule.action.to_string(),
        is_enabled: rule.enabled,
        is_on_trial: rule.dry_run,
    };
    RulesPage {
        layout: context.layout(),
        t: Texts::of(context.language),
        rules: kept.iter().map(row).collect(),
        form,
        variables: data::variables(context.language),
        may_change: context.may(Permission::Administer),
        wrong: None,
        tried: None,
    }
}

async fn refuse(context: &Context, form: Form, wrong: String) -> Result<Response, Failure> {
    let page = page(context, &kept(context).await?, form);
    let page = RulesPage {
        wrong: Some(wrong),
        ..page
    };
    Ok(answer(
        StatusCode::UNPROCESSABLE_ENTITY,
        &page.layout,
        &page,
    ))
}

/// Keeps a rule, instead of the one of its name.
pub async fn save(context: &Context) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let form = Form::sent(context);
    let rule = match form.rule(t) {
        Ok(rule) => rule,
        Err(wrong) => return refuse(context, form, wrong).await,
    };
    let address = context.from();
    let by = By::user(&context.user.login, &address);
    let app = &context.server.app;
    match lists::put_rules(app, context.of(), &[rule], by).await {
        Ok(put) => put.ok_or(Failure::NotFound)?,
        Err(RulesError::Store(error)) => return Err(error.into()),
        Err(RulesError::TooMany) => {
            let wrong = format!("{} {MOST}", t.wrong_many);
            return refuse(context, form, wrong).await;
        }
        Err(RulesError::Rule { why, .. }) => {
            return refuse(context, form, told(&why, t)).await;
        }
    }
    Ok(see_other(&format!("{PATH}?done=saved"), Vec::new()))
}

/// Forgets a rule.
pub async fn remove(context: &Context) -> Result<Response, Failure> {
    let name = context.form.value("name");
    if kept(context).await?.iter().all(|rule| rule.name != name) {
        return Ok(see_other(PATH, Vec::new()));
    }
    let address = context.from();
    let by = By::user(&context.user.login, &address);
    lists::remove_rule(&context.server.app, context.of(), &name, by).await?;
    Ok(see_other(&format!("{PATH}?done=removed"), Vec::new()))
}

/// Tries the rules on a sale: those that are kept, with the one of the form in its place.
pub async fn attempt(context: &Context) -> Result<Response, Failure> {
    let t = Texts::of(context.language);
    let form = Form::sent(context);
    let kept = kept(context).await?;
    let mut rules: Vec<Rule> = kept.iter().filter(|rule| rule.enabled).cloned().collect();
    if !form.name.is_empty() || !form.expression.is_empty() {
        match form.rule(t) {
            Ok(rule) => {
                rules.retain(|other| other.name != rule.name);
                rules.push(rule);
                rules.sort_by(|a, b| (a.position, &a.name).cmp(&(b.position, &b.name)));
            }
            Err(wrong) => return refuse(context, form, wrong).await,
        }
    }
    let now = context.now();
    let sale = match sales::read_alone(form.sale.as_bytes(), now.day()) {
        Ok(sale) => sale,
        Err(why) => {
            let wrong = format!("{} {why}", t.wrong_sale);
            return refuse(context, form, wrong).await;
        }
    };
    let compiled = engine::compile_all(rules);
    let tried = trial::on(&sale, &compiled, &context.merchant.settings, now);
    let (decision, kind) = t.verdict(tried.verdict);
    let lines = tried.made.explanation.into_iter();
    let lines = lines.map(|line| {
        let about = data::signal(&line.signal, context.language);
        (about, line.value, line.weight)
    });
    let applied = tried.made.rules.into_iter();
    let page = RulesPage {
        tried: Some(Tried {
            decision,
            kind,
            score: tried.score,
            lines: lines.collect(),
            rules: applied
                .map(|one| (one.rule, one.action, one.dry_run))
                .collect(),
        }),
        ..page(context, &kept, form)
    };
    Ok(answer(StatusCode::OK, &page.layout, &page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::Language;

    #[test]
    fn the_sale_of_the_example_can_be_tried() {
        let day = jiff::civil::date(2027, 1, 1);
        let sale = sales::read_alone(EXAMPLE.as_bytes(), day).unwrap();
        assert!(sale.fraud.is_some());
    }

    #[test]
    fn what_is_wrong_with_a_rule_is_said_in_words() {
        let t = Texts::of(Language::English);
        let form = |expression: &str, action: &str| Form {
            name: "big".to_owned(),
            expression: expression.to_owned(),
            action: action.to_owned(),
            ..Form::empty(0)
        };
        assert!(form("amount > 1000", "review").rule(t).is_ok());
        for (expression, action, wrong) in [
            ("amount >", "review", t.wrong_syntax),
            ("unheard_of > 1", "review", t.wrong_variable),
            ("amount + 1", "review", t.wrong_kind),
            ("amount > 1000", "dance", t.wrong_action),
        ] {
            let why = form(expression, action).rule(t).unwrap_err();
            assert!(why.starts_with(wrong), "{expression}: {why}");
        }
    }
}
