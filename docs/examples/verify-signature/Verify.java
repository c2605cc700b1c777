import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Checks the signature of a notification: java Verify.java SECRET HEADER NOW < body */
public class Verify {
    static boolean isGenuine(String secret, String header, byte[] body, long now)
            throws Exception {
        String moment = "";
        String given = "";
        for (String part : header.split(",")) {
            if (part.startsWith("t=")) moment = part.substring(2);
            if (part.startsWith("v1=")) given = part.substring(3);
        }
        if (!moment.matches("\\d{1,18}") || Math.abs(now - Long.parseLong(moment)) > 300) {
            return false;
        }
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        mac.update((moment + ".").getBytes(StandardCharsets.UTF_8));
        StringBuilder expected = new StringBuilder();
        for (byte b : mac.doFinal(body)) expected.append(String.format("%02x", b));
        return MessageDigest.isEqual(
            expected.toString().getBytes(StandardCharsets.UTF_8),
            given.getBytes(StandardCharsets.UTF_8));
    }

    public static void main(String[] args) throws Exception {
        byte[] body = System.in.readAllBytes();
        boolean genuine = isGenuine(args[0], args[1], body, Long.parseLong(args[2]));
        System.out.println(genuine ? "genuine" : "forged");
        System.exit(genuine ? 0 : 1);
    }
}
