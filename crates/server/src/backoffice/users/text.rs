//! Texts of users and invitations.
//!
//! Invariant: each role says what it may do.

crate::backoffice::text::texts! {
    title: "Usuários", "Users";
    lead: "Quem acessa o backoffice desta loja, e com qual perfil.",
        "Who uses this shop's back office, and as what.";
    user: "Usuário", "User";
    role: "Perfil", "Role";
    state: "Situação", "State";
    factor: "Segundo fator", "Second factor";
    signed_in: "Último acesso", "Last sign-in";
    active: "Ativo", "Active";
    locked: "Bloqueado por tentativas", "Locked by attempts";
    blocked: "Sem acesso", "No access";
    on: "Ativo", "On";
    off: "Desligado", "Off";
    never: "nunca", "never";
    you: "você", "you";
    invitations: "Convites abertos", "Open invitations";
    invited_by: "Por", "By";
    until: "Vale até", "Holds until";
    withdraw: "Retirar", "Withdraw";
    told_withdrawn: "Convite retirado.", "Invitation withdrawn.";
    invite: "Convidar", "Invite";
    invite_about: "O convite vale por três dias e pode ser usado uma vez. Envie o link a quem você \
                   convida.",
        "An invitation is valid for three days and can be used once. Send the link to the person \
         you invite.";
    login: "Usuário para entrar", "User to sign in as";
    login_hint: "Letras, dígitos e . _ - @ +; um e-mail serve.",
        "Letters, digits and . _ - @ +; an e-mail will do.";
    name: "Nome", "Name";
    email: "E-mail", "E-mail";
    link: "Link do convite", "Link of the invitation";
    link_about: "Copie agora: ele não será mostrado de novo.",
        "Copy it now: it is not shown again.";
    login_wrong: "Digite um usuário de até 64 letras, dígitos ou . _ - @ +.",
        "Type a user of up to 64 letters, digits or . _ - @ +.";
    role_wrong: "Escolha um perfil.", "Choose a role.";
    email_wrong: "O e-mail não parece completo.", "The e-mail does not look complete.";
    name_wrong: "O nome é longo demais.", "The name is too long.";
    taken: "Já existe um usuário com este nome.", "There is a user of that name.";
    viewer_about: "Vê transações e pagamentos.", "Sees transactions and payments.";
    operator_about: "Também captura, cancela e decide revisões.",
        "Also captures, cancels and decides on reviews.";
    finance_about: "Vê o extrato e exporta.", "Sees the statement and takes exports.";
    administrator_about: "Tudo, com usuários, configurações e chaves.",
        "Everything, with users, settings and keys.";
    made: "Criado em", "Made on";
    change_role: "Trocar perfil", "Change role";
    access: "Acesso", "Access";
    block: "Retirar acesso", "Take access away";
    block_about: "As sessões terminam na hora. O registro de auditoria fica.",
        "Sessions end at once. The audit log stays.";
    unblock: "Devolver acesso", "Give access back";
    unlock: "Desbloquear", "Unlock";
    unlock_about: "Dez tentativas erradas bloquearam este usuário por 30 minutos.",
        "Ten wrong attempts locked this user for 30 minutes.";
    remove_factor: "Desligar segundo fator", "Switch second factor off";
    remove_factor_about: "Para quem perdeu o aparelho e os códigos de recuperação.",
        "For who lost the device and the recovery codes.";
    sessions: "Sessões", "Sessions";
    no_sessions: "Nenhuma sessão aberta.", "No open session.";
    end_sessions: "Encerrar sessões", "End sessions";
    browser: "Navegador", "Browser";
    address: "Endereço", "Address";
    since: "Desde", "Since";
    seen: "Último uso", "Last used";
    last_administrator: "Esta é a última pessoa que administra a loja; promova outra antes.",
        "This is the shop's last administrator; promote another first.";
    told_role: "Perfil trocado.", "Role changed.";
    told_blocked: "Acesso retirado.", "Access taken away.";
    told_unblocked: "Acesso devolvido.", "Access given back.";
    told_unlocked: "Usuário desbloqueado.", "User unlocked.";
    told_factor: "Segundo fator desligado.", "Second factor switched off.";
    told_ended: "Sessões encerradas.", "Sessions ended.";
    welcome: "Você foi convidado", "You are invited";
    welcome_about: "para o backoffice de", "to the back office of";
    choose: "Escolha uma senha", "Choose a password";
    choose_hint: "Pelo menos doze caracteres. Uma frase é melhor que símbolos.",
        "At least twelve characters. A phrase is better than symbols.";
    again: "Repita a senha", "Repeat the password";
    join: "Criar acesso", "Create access";
    differ: "A senha e a repetição são diferentes.", "The password and its repetition differ.";
    weak: "A senha é curta ou simples demais: use doze caracteres ou mais, sem o nome do usuário.",
        "The password is too short or too simple: use twelve characters or more, without the \
         user's name.";
}
