package notifications

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// What a secret looks like, and how long its key is in bytes: the
// specification asks for 24 to 64.
const (
	secretPrefix            = "whsec_"
	shortestKey, longestKey = 24, 64
)

// CheckSecret tells what is wrong with a secret. Its error does not repeat it.
func CheckSecret(secret string) error {
	text, found := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !found || err != nil || len(key) < shortestKey || len(key) > longestKey {
		return fmt.Errorf("a secret must be %s and the base64 of %d to %d random bytes, as from: echo %s$(openssl rand -base64 32)", secretPrefix, shortestKey, longestKey, secretPrefix)
	}
	return nil
}

func parseSecrets(secrets []string) ([]*standardwebhooks.Webhook, error) {
	if len(secrets) == 0 {
		return nil, errors.New("WEBHOOK_URL is set and WEBHOOK_SECRETS is not; webhooks are signed with it, write one such as whsec_… (docs/notifications.md)")
	}
	var signers []*standardwebhooks.Webhook
	for _, secret := range secrets {
		if err := CheckSecret(secret); err != nil {
			return nil, fmt.Errorf("WEBHOOK_SECRETS: %w", err)
		}
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return nil, errors.New("WEBHOOK_SECRETS: a secret that can't be read")
		}
		signers = append(signers, signer)
	}
	return signers, nil
}

// sign makes one signature a secret, separated by spaces. A receiver accepts
// the message if it can verify any of them.
func sign(signers []*standardwebhooks.Webhook, id string, at time.Time, body []byte) (string, error) {
	var all []string
	for _, signer := range signers {
		signature, err := signer.Sign(id, at, body)
		if err != nil {
			return "", err
		}
		all = append(all, signature)
	}
	return strings.Join(all, " "), nil
}
