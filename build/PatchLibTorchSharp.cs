using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

// Compiled by MSBuild itself, also by Visual Studio's, so against netstandard2.0.

/// <summary>
/// Copies each file to its <c>Patched</c> path and, in the copy, marks the version GLIBCXX_3.4.32 weak, so that a loader without it goes on.
/// A file that does not need that version, or is marked already, is copied as it is.
/// Layouts: System V ABI, chapter 4 (Elf64_Ehdr, Elf64_Shdr), and the Linux Standard Base, 10.7.3 (Elf64_Verneed, Elf64_Vernaux).
/// </summary>
public sealed class PatchLibTorchSharp : Task
{
    private const string Version = "GLIBCXX_3.4.32";
    private const uint SectionVersionNeeds = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort Weak = 0x2;                     // VER_FLG_WEAK

    [Required]
    public ITaskItem[] Files { get; set; }

    public override bool Execute()
    {
        foreach (ITaskItem file in Files)
        {
            byte[] elf = File.ReadAllBytes(file.ItemSpec);
            string target = file.GetMetadata("Patched");
            try
            {
                int flags = FindFlags(elf);
                if (flags >= 0)
                    elf[flags] |= (byte)Weak;
            }
            catch (Exception e) when (e is ArgumentException || e is IndexOutOfRangeException || e is OverflowException)
            {
                Log.LogError("{0}: expected a 64-bit little-endian ELF file with a readable version table; found {1} bytes that are not one ({2})", file.ItemSpec, elf.Length, e.Message);
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(target));
            File.Delete(target); // outputs may be hard links to an earlier copy
            File.WriteAllBytes(target, elf);
        }
        return !Log.HasLoggedErrors;
    }

    /// <summary>The offset of the version's vna_flags, or −1 if the file does not need the version.</summary>
    private static int FindFlags(byte[] elf)
    {
        if (BitConverter.ToUInt32(elf, 0) != 0x464c457f || elf[4] != 2 || elf[5] != 1) // "\x7fELF", ELFCLASS64, ELFDATA2LSB
            throw new ArgumentException("no ELF header");

        int sections = Offset(elf, 0x28), size = BitConverter.ToUInt16(elf, 0x3a), count = BitConverter.ToUInt16(elf, 0x3c);
        for (int s = 0; s < count; s++)
        {
            int section = sections + s * size;
            if (BitConverter.ToUInt32(elf, section + 4) != SectionVersionNeeds)
                continue;

            int names = Offset(elf, sections + BitConverter.ToInt32(elf, section + 0x28) * size + 0x18); // sh_link's sh_offset
            int need = Offset(elf, section + 0x18), needs = BitConverter.ToInt32(elf, section + 0x2c);   // sh_offset, sh_info
            for (int n = 0; n < needs; n++, need += BitConverter.ToInt32(elf, need + 12))                // vn_next
            {
                int entry = need + BitConverter.ToInt32(elf, need + 8);                                  // vn_aux
                for (int a = BitConverter.ToUInt16(elf, need + 2); a > 0; a--, entry += BitConverter.ToInt32(elf, entry + 12)) // vn_cnt, vna_next
                {
                    if (IsVersion(elf, names + BitConverter.ToInt32(elf, entry + 8)))                    // vna_name
                        return entry + 4;                                                                // vna_flags
                }
            }
        }
        return -1;
    }

    private static int Offset(byte[] elf, int at) => checked((int)BitConverter.ToUInt64(elf, at));

    private static bool IsVersion(byte[] elf, int at) =>
        Encoding.ASCII.GetString(elf, at, Version.Length) == Version && elf[at + Version.Length] == 0;
}
