// Checks the signature of a notification: go run verify.go SECRET HEADER NOW < body
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func isGenuine(secret, header string, body []byte, now int64) bool {
	var moment, given string
	for _, part := range strings.Split(header, ",") {
		if value, found := strings.CutPrefix(part, "t="); found {
			moment = value
		} else if value, found := strings.CutPrefix(part, "v1="); found {
			given = value
		}
	}
	seconds, err := strconv.ParseInt(moment, 10, 64)
	if err != nil || now-seconds > 300 || seconds-now > 300 {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(moment + "."))
	mac.Write(body)
	return hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(given))
}

func main() {
	body, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	now, err := strconv.ParseInt(os.Args[3], 10, 64)
	if err != nil {
		panic(err)
	}
	if isGenuine(os.Args[1], os.Args[2], body, now) {
		fmt.Println("genuine")
	} else {
		fmt.Println("forged")
		os.Exit(1)
	}
}
