# Completion of {TOOL} for fish. Made by: {TOOL} --print-completion fish
function __{TOOL}_symbols
    for word in (commandline -opc)[2..-1] .
        test -d $word; or continue
        for file in $word/*_*.txt $word/*_*.txt.zst
            string replace -rf '^.*/(.+)_[0-9]{8}\.txt(\.zst)?$' '$1' -- $file
        end
    end | sort -u
end
complete -c {TOOL} {POSITIONAL}
{OPTIONS}