using System.IO.MemoryMappedFiles;
using System.Text;

namespace FakeNewsOnnx.Train.Native;

/// <summary>What a Linux library asks of its loader.</summary>
/// <remarks>System V ABI, chapter 4 (Elf64_Ehdr, Elf64_Shdr, Elf64_Dyn); Linux Standard Base, 10.7 (Elf64_Verneed, Elf64_Verdef).</remarks>
/// <param name="Needed">The libraries that must be loaded with it (DT_NEEDED).</param>
/// <param name="Needs">The versions that it needs of them, but for weak ones.</param>
/// <param name="Defines">The versions that it has itself.</param>
internal sealed record ElfFile(IReadOnlyList<string> Needed, IReadOnlyList<(string Library, string Version)> Needs, IReadOnlyList<string> Defines)
{
    private const uint Dynamic = 6;
    private const uint NoBits = 8;
    private const uint VersionDefinitions = 0x6ffffffd;
    private const uint VersionNeeds = 0x6ffffffe;
    private const ushort Weak = 2;

    /// <exception cref="InvalidDataException">Not a 64-bit little-endian ELF file, or not a whole one.</exception>
    public static ElfFile Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        try
        {
            return stream.Length >= 64
                ? Parse(stream, path)
                : throw new InvalidDataException($"{path}: expected a 64-bit ELF library; found a file of {stream.Length} bytes.");
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path}: expected a 64-bit ELF library; found one whose tables lie outside the file ({e.Message})", e);
        }
    }

    private static ElfFile Parse(FileStream stream, string path)
    {
        using var map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        using var view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        if (view.ReadUInt32(0) != 0x464c457f || view.ReadByte(4) != 2 || view.ReadByte(5) != 1) // "\x7fELF", ELFCLASS64, ELFDATA2LSB
        {
            throw new InvalidDataException($"{path}: expected a 64-bit ELF library; found another kind of file.");
        }

        Section[] sections = ReadSections(view, path, stream.Length);
        var needed = new List<string>();
        var needs = new List<(string Library, string Version)>();
        var defines = new List<string>();
        foreach (Section section in sections)
        {
            long names = section.Link < sections.Length ? sections[section.Link].Offset : 0;
            string Name(long at) => ReadString(view, names + view.ReadUInt32(at));
            switch (section.Type)
            {
                case Dynamic:
                    for (long entry = section.Offset; entry < section.Offset + section.Size && view.ReadInt64(entry) != 0; entry += 16)
                    {
                        if (view.ReadInt64(entry) == 1) // DT_NEEDED
                        {
                            needed.Add(Name(entry + 8));
                        }
                    }

                    break;
                case VersionNeeds:
                    foreach (long need in Chain(view, section.Offset, section.Count, next: 12))
                    {
                        needs.AddRange(Chain(view, need + view.ReadUInt32(need + 8), view.ReadUInt16(need + 2), next: 12)
                            .Where(version => (view.ReadUInt16(version + 4) & Weak) == 0)
                            .Select(version => (Name(need + 4), Name(version + 8))));
                    }

                    break;
                case VersionDefinitions:
                    defines.AddRange(Chain(view, section.Offset, section.Count, next: 16).Select(version => Name(version + view.ReadUInt32(version + 12))));
                    break;
            }
        }

        return new(needed, needs, defines);
    }

    private static Section[] ReadSections(MemoryMappedViewAccessor view, string path, long length)
    {
        long table = view.ReadInt64(0x28), size = view.ReadUInt16(0x3a), count = view.ReadUInt16(0x3c);
        CheckEnd(table + (size * count));
        var sections = new Section[count];
        for (int i = 0; i < count; i++)
        {
            long at = table + (i * size);
            sections[i] = new(view.ReadUInt32(at + 4), view.ReadInt64(at + 0x18), view.ReadInt64(at + 0x20), view.ReadUInt32(at + 0x28), view.ReadUInt32(at + 0x2c));
            CheckEnd(sections[i].Type == NoBits ? 0 : sections[i].Offset + sections[i].Size);
        }

        return sections;

        void CheckEnd(long end)
        {
            if (end < 0 || end > length)
            {
                throw new InvalidDataException($"{path}: the file is truncated: it has {length} bytes, its headers describe {end}.");
            }
        }
    }

    /// <summary>The offsets of linked records, each of which tells how far the next one is.</summary>
    private static IEnumerable<long> Chain(MemoryMappedViewAccessor view, long first, uint count, int next)
    {
        long at = first;
        for (uint i = 0; i < count; i++, at += view.ReadUInt32(at + next))
        {
            yield return at;
        }
    }

    private static string ReadString(MemoryMappedViewAccessor view, long at)
    {
        var text = new StringBuilder();
        for (; view.ReadByte(at) is var value and not 0; at++)
        {
            text.Append((char)value);
        }

        return text.ToString();
    }

    /// <summary>A row of the section table; <paramref name="Link"/> is the section of its names, <paramref name="Count"/> how many records it has.</summary>
    private readonly record struct Section(uint Type, long Offset, long Size, uint Link, uint Count);
}
