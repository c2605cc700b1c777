//! Texts of the user's own account.
//!
//! Invariant: none says more of a wrong password than that it is wrong.

crate::backoffice::text::texts! {
    title: "Sua conta", "Your account";
    profile: "Perfil", "Profile";
    user: "Usuário", "User";
    name: "Nome", "Name";
    email: "E-mail", "E-mail";
    password: "Senha", "Password";
    current: "Senha atual", "Current password";
    new: "Nova senha", "New password";
    new_hint: "Pelo menos doze caracteres. Uma frase é melhor que símbolos.",
        "At least twelve characters. A phrase is better than symbols.";
    again: "Repita a nova senha", "Repeat the new password";
    change: "Trocar senha", "Change password";
    change_about: "As outras sessões terminam; esta continua.",
        "Other sessions end; this one goes on.";
    factor: "Segundo fator", "Second factor";
    factor_on: "Ativo", "On";
    factor_off: "Desligado", "Off";
    factor_about: "Um código do seu aplicativo autenticador, além da senha.",
        "A code of your authenticator app, beside the password.";
    codes_left: "códigos de recuperação restantes", "recovery codes left";
    set_up: "Configurar", "Set up";
    manage: "Gerenciar", "Manage";
    sessions: "Sessões", "Sessions";
    browser: "Navegador", "Browser";
    address: "Endereço", "Address";
    since: "Desde", "Since";
    seen: "Último uso", "Last used";
    this: "esta", "this one";
    end: "Encerrar", "End";
    end_others: "Encerrar as outras", "End the others";
    differ: "A nova senha e a repetição são diferentes.",
        "The new password and its repetition differ.";
    weak: "A nova senha é curta ou simples demais: use doze caracteres ou mais, sem o nome do \
           usuário.",
        "The new password is too short or too simple: use twelve characters or more, without the \
         user's name.";
    wrong: "A senha atual não está certa.", "The current password is not right.";
    told_password: "Senha trocada.", "Password changed.";
    told_factor: "Segundo fator desligado.", "Second factor switched off.";
    told_ended: "Sessão encerrada.", "Session ended.";
    demanded: "Configure o segundo fator para continuar: seu acesso exige.",
        "Set up the second factor to go on: your access asks for it.";
    scan: "Leia o código com o aplicativo autenticador", "Scan the code with your authenticator";
    scan_about: "Ou digite a chave no aplicativo:", "Or type the key into the app:";
    secret: "Chave", "Key";
    qr: "Código QR para o aplicativo autenticador", "QR code for the authenticator app";
    code: "Código", "Code";
    code_hint: "Os seis dígitos que o aplicativo mostra agora.",
        "The six digits that the app shows now.";
    code_wrong: "O código não vale. Confira o relógio do aparelho e tente com o próximo.",
        "The code does not hold. Check the device's clock and try the next one.";
    confirm: "Ativar", "Switch on";
    codes_title: "Guarde seus códigos de recuperação", "Keep your recovery codes";
    codes_about: "Cada um vale uma vez, no lugar do código do aplicativo. Eles não serão mostrados \
                  de novo.",
        "Each holds once, in the place of the app's code. They are not shown again.";
    codes_done: "Já guardei", "I have kept them";
    renew: "Gerar novos códigos", "Make new codes";
    renew_about: "Os anteriores deixam de valer.", "Those before hold no more.";
    remove: "Desligar segundo fator", "Switch the second factor off";
    remove_about: "Depois disso, só a senha protege sua conta.",
        "After that, only the password guards your account.";
}
