/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl completion: the scripts that make bash and PowerShell ask poolctl itself (complete.c) at every press of the Tab key. */
#include "client/cli/cli.h"

#include <string.h>

/* poolctl splits the line itself: bash takes words apart at : = @, too, and leaves quotes and backslashes in. */
static const char bash_script[] =
    "# bash completion for poolctl. In ~/.bashrc: source <(poolctl completion bash)\n"
    "_poolctl() {\n"
    "    local answer\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r answer; do\n"
    "        case $answer in\n"
    "        @files) compopt -o default; return ;;\n"
    "        @folders) compopt -o dirnames; return ;;\n"
    "        *[/:]) compopt -o nospace ;;\n"
    "        esac\n"
    "        COMPREPLY+=(\"$answer\")\n"
    "    done < <(\"$1\" completion words --line \"${COMP_LINE:0:COMP_POINT}\" --breaks \"$COMP_WORDBREAKS\" 2>/dev/null)\n"
    "}\n"
    "complete -F _poolctl poolctl\n";

static const char powershell_script[] =
    "# PowerShell completion for poolctl. In $PROFILE: poolctl completion powershell | Out-String | Invoke-Expression\n"
    "Register-ArgumentCompleter -Native -CommandName poolctl, poolctl.exe -ScriptBlock {\n"
    "    param($wordToComplete, $commandAst, $cursorPosition)\n"
    "    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -le $cursorPosition } | ForEach-Object {\n"
    "        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }\n"
    "    })\n"
    "    if ($wordToComplete -eq '') { $words += '\"\"' }\n"
    "    [Console]::OutputEncoding = [System.Text.Encoding]::UTF8\n"
    "    & $commandAst.CommandElements[0].Value completion words -- @words 2>$null | ForEach-Object {\n"
    "        if ($_ -eq '@files' -or $_ -eq '@folders') { return }\n"
    "        $text = if ($_ -match '^[\\w./:@=+,-]+$') { $_ } else { \"'\" + $_.Replace(\"'\", \"''\") + \"'\" }\n"
    "        [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)\n"
    "    }\n"
    "}\n";

int completion_bash_command(Cli *cli, const Args *args)
{
    (void)args;
    output_bytes(&cli->output, bash_script, strlen(bash_script));
    return EXIT_OK;
}

int completion_powershell_command(Cli *cli, const Args *args)
{
    (void)args;
    output_bytes(&cli->output, powershell_script, strlen(powershell_script));
    return EXIT_OK;
}
