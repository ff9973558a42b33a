/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See credentials.h. UI thread. */
#include "client/core/credentials.h"

#include "client/core/port.h"
#include "client/core/port_secrets.h"

#include <stdlib.h>
#include <string.h>

struct Credentials {
    char *path;
    VaultKey *key;  /* NULL: locked, or no vault */
    bool suspended;
};

Credentials *credentials_create(const char *folder)
{
    Credentials *credentials = x_calloc(1, sizeof *credentials);
    credentials->path = port_join(folder, "vault");
    return credentials;
}

void credentials_free(Credentials *credentials)
{
    if (!credentials)
        return;
    vault_key_free(credentials->key);
    free(credentials->path);
    free(credentials);
}

const char *credentials_path(const Credentials *credentials) { return credentials->path; }
bool credentials_has_master(const Credentials *credentials) { return port_file_exists(credentials->path); }

KeyringState credentials_state(const Credentials *credentials)
{
    if (credentials->suspended)
        return KEYRING_LOCKED;
    if (!credentials_has_master(credentials))
        return port_store_exists() ? KEYRING_OPEN : KEYRING_NOWHERE;
    return credentials->key ? KEYRING_OPEN : KEYRING_LOCKED;
}

void credentials_lock(Credentials *credentials) { vault_key_free(TAKE_PTR(credentials->key)); }

void credentials_suspend(Credentials *credentials, bool suspended) { credentials->suspended = suspended; }

void credentials_take_key(Credentials *credentials, VaultKey *key)
{
    vault_key_free(credentials->key);
    credentials->key = key;
}

char *credentials_name(const char *account, SecretKind kind)
{
    static const char *const suffixes[] = { [SECRET_PASSWORD] = "", [SECRET_PASSPHRASE] = "#passphrase", [SECRET_SUDO] = "#sudo" };
    return x_printf("PoolCenter/%s%s", account, suffixes[kind]);
}

static int locked(const Credentials *credentials, Error *err) { return error_set(err, ERR_VAULT_LOCKED, credentials->path, NULL); }

/* Another program may have given the file another master password. */
static int seen(Credentials *credentials, int code)
{
    if (code == ERR_VAULT_LOCKED)
        credentials_lock(credentials);
    return code;
}

int credentials_find(Credentials *credentials, const char *name, char **ret, Error *err)
{
    if (credentials->suspended)
        return locked(credentials, err);
    if (!credentials_has_master(credentials))
        return port_store_find(name, ret, err);
    return credentials->key ? seen(credentials, vault_find(credentials->path, credentials->key, name, ret, err)) : locked(credentials, err);
}

/* "PoolCenter/root@host:22" gives "root". */
static char *user_of(const char *name)
{
    const char *account = strchr(name, '/');
    const char *at = account ? strrchr(account, '@') : NULL;
    return at ? x_strndup(account + 1, (size_t)(at - account - 1)) : x_strdup("");
}

int credentials_put(Credentials *credentials, const char *name, const char *secret, Error *err)
{
    AUTO_FREE char *user = user_of(name);
    if (str_empty(secret))
        return credentials_remove(credentials, name, err);
    if (credentials->suspended)
        return locked(credentials, err);
    if (!credentials_has_master(credentials))
        return port_store_put(name, user, secret, err);
    return credentials->key ? seen(credentials, vault_put(credentials->path, credentials->key, name, secret, err)) : locked(credentials, err);
}

int credentials_remove(Credentials *credentials, const char *name, Error *err)
{
    if (credentials->suspended)
        return locked(credentials, err);
    if (!credentials_has_master(credentials))
        return port_store_remove(name, err);
    return credentials->key ? seen(credentials, vault_put(credentials->path, credentials->key, name, NULL, err)) : locked(credentials, err);
}
