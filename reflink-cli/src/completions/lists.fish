
# The values of a list, after what is typed of it up to its last comma.
function __fish_reflink_list
    set -l before (commandline -ct | string replace -r '^--[^=]*=' '' | string match -r '.*,')
    printf '%s\n' "$before"$argv
end
