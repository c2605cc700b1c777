<?php
// Checks the signature of a notification: php verify.php SECRET HEADER NOW < body
function is_genuine(string $secret, string $header, string $body, int $now, int $tolerance = 300): bool
{
    $parts = [];
    foreach (explode(',', $header) as $part) {
        [$name, $value] = array_pad(explode('=', $part, 2), 2, '');
        $parts[$name] = $value;
    }
    $moment = $parts['t'] ?? '';
    if (!ctype_digit($moment) || abs($now - (int) $moment) > $tolerance) {
        return false;
    }
    return hash_equals(hash_hmac('sha256', "$moment.$body", $secret), $parts['v1'] ?? '');
}

[, $secret, $header, $now] = $argv;
$genuine = is_genuine($secret, $header, stream_get_contents(STDIN), (int) $now);
echo $genuine ? "genuine\n" : "forged\n";
exit($genuine ? 0 : 1);
