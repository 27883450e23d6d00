
# The values after an equals sign, and in a list after each comma. Bash parts a word at each "=", which the
# function above does not expect.
_reflink_values() {
    local option= value= values= before=
    if [[ ${COMP_WORDS[COMP_CWORD]} == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 1]}
    elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]} value=${COMP_WORDS[COMP_CWORD]}
    fi
    case $option in
        CASES
    esac
    if [[ ! $values ]]; then
        _reflink "$@"
        return
    fi
    if [[ $value == *,* ]]; then
        before=${value%,*},
    fi
    COMPREPLY=($(compgen -P "$before" -W "$values" -- "${value##*,}"))
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _reflink_values -o nosort -o bashdefault -o default reflink
else
    complete -F _reflink_values -o bashdefault -o default reflink
fi
