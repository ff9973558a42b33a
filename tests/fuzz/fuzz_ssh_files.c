/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the readers of files and messages around SSH: ~/.ssh/config, known_hosts, key files of OpenSSH and PuTTY, an SSH agent's answers, jump hosts. */
#include "client/core/jump.h"
#include "client/core/known_hosts.h"
#include "client/core/openssh_key.h"
#include "client/core/ppk.h"
#include "client/core/ssh_agent.h"
#include "client/core/ssh_config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_config(const char *text)
{
    static const SshConfigPlace place = { "/nowhere/.ssh", "/nowhere", "me" };
    SshConfig config;
    ssh_config_parse(text, &place, &config);
    for (size_t i = 0; i < config.count; i++) {
        JumpList jumps;
        if (!config.items[i].proxy_command && jump_parse(config.items[i].jump, &jumps, NULL) == 0)
            jump_clear(&jumps);
    }
    ssh_config_clear(&config);
}

static void read_keys(const char *text, size_t size)
{
    OpensshKey key;
    if (openssh_key_read(text, &key))
        openssh_key_clear(&key);
    size_t blob_size = 0;
    free(openssh_key_public(text, &blob_size));
    /* A derivation that takes long is no finding. */
    bool quick = !strstr(text, "Key-Derivation") || (strstr(text, "Argon2-Memory: 64\n") && strstr(text, "Argon2-Passes: 1\n"));
    char *converted = NULL;
    if (ppk_is(text) && quick && ppk_convert(text, size, "lab-phrase", &converted) == PPK_OK) {
        if (!openssh_key_read(converted, &key))
            abort();
        openssh_key_clear(&key);
        x_free_secret(converted);
    }
}

static void read_agent(const uint8_t *data, size_t size)
{
    SshAgentKeys keys = { 0 };
    ssh_agent_read_keys(data, size, 0, &keys);
    ssh_agent_prefer(&keys, "SHA256:x");
    ssh_agent_keys_clear(&keys);
    unsigned char *signature = NULL;
    size_t signature_size = 0;
    if (ssh_agent_read_signature(data, size, data, size, &signature, &signature_size) == 0)
        free(signature);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = x_strndup((const char *)data, size);
    KnownHostsMerge merge;
    JumpList jumps;
    read_config(text);
    known_hosts_merge("/nowhere/known_hosts", text, "h", 22, &merge, NULL);
    if (jump_parse(text, &jumps, NULL) == 0)
        jump_clear(&jumps);
    read_keys(text, size);
    read_agent(data, size);
    free(text);
    return 0;
}
