using System.Globalization;

namespace FakeNewsOnnx.Checkpoint;

/// <content>What must hold before a configuration is used.</content>
public sealed partial record LoraConfig
{
    /// <summary>Checks each value and whether they go together, as PEFT does.</summary>
    /// <param name="source">Where the configuration comes from, for the message.</param>
    /// <exception cref="InvalidDataException">A value is out of range, or two don't go together.</exception>
    public void Validate(string source)
    {
        Check(Rank is >= 1 and <= MaxRank, $"r must lie between 1 and {MaxRank}", Rank);
        Check(double.IsFinite(Alpha), "lora_alpha must be finite", Alpha);
        Check(Dropout is >= 0 and < 1, "lora_dropout must be at least 0 and below 1", Dropout);
        Check(Bias is NoBias or AllBiases or LoraOnlyBiases, $"bias must be {NoBias}, {AllBiases} or {LoraOnlyBiases}", Bias);
        Check(!(UseDora && LoraBias), "use_dora and lora_bias don't go together: one of them must be false", "both");
        Check(LayersToTransform is null or [] || TargetModules?.Pattern is null, "layers_to_transform needs target_modules that are a list", TargetModules?.Pattern);
        Check(ModulesToSave?.Contains(null!) != true, "modules_to_save must be names", "null");
        Check(LayersPattern is null or [] || LayersToTransform is not (null or []), "layers_pattern needs layers_to_transform", "none");
        foreach (var (pattern, rank) in RankPattern ?? [])
        {
            CheckPattern("rank_pattern", pattern);
            Check(rank is >= 1 and <= MaxRank, $"rank_pattern '{pattern}' must lie between 1 and {MaxRank}", rank);
        }

        foreach (var (pattern, alpha) in AlphaPattern ?? [])
        {
            CheckPattern("alpha_pattern", pattern);
            Check(double.IsFinite(alpha), $"alpha_pattern '{pattern}' must be finite", alpha);
        }

        void CheckPattern(string key, string pattern) => Check(ModuleSelection.IsPattern(pattern), $"{key} must have regular expressions as keys", pattern);

        void Check(bool holds, string expectation, object? found)
        {
            if (!holds)
            {
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{source}: {expectation}; found {found}."));
            }
        }
    }

    /// <summary>Checks that the targets select something of a base, and nothing that can't have an update.</summary>
    /// <param name="config">The base.</param>
    /// <param name="source">Where the configuration comes from, for the message.</param>
    /// <exception cref="InvalidDataException">They do not.</exception>
    public void CheckTargets(Gpt2Config config, string source)
    {
        string[] selected = [.. Gpt2Weights.Modules(config).Where(module => Selects(Gpt2Weights.FullModuleName(module)))];
        ModuleSelection targets = TargetModules ?? DefaultTargets;
        if (selected.Length == 0)
        {
            throw new InvalidDataException($"{source}: target_modules '{targets}' select no module of the base.");
        }

        if (selected.FirstOrDefault(module => !Gpt2Weights.IsLinear(module)) is { } other)
        {
            throw new InvalidDataException($"{source}: target_modules '{targets}' must select c_attn, c_proj or c_fc only; they select '{Gpt2Weights.FullModuleName(other)}', where a LoRA update is not supported.");
        }
    }

    /// <summary>Checks for training that every name does something, so that a misspelt one is not passed over; PEFT passes it over.</summary>
    /// <param name="config">The base.</param>
    /// <param name="source">Where the configuration comes from, for the message.</param>
    /// <exception cref="InvalidDataException">A name, pattern or layer fits no module of the base.</exception>
    public void CheckNames(Gpt2Config config, string source)
    {
        CheckTargets(config, source);
        string[] modules = [.. Gpt2Weights.Modules(config).Select(Gpt2Weights.FullModuleName)];
        string[] targets = [.. modules.Where(Selects)];
        CheckAll("target_modules", TargetModules?.Suffixes, suffix => targets.Any(module => ModuleSelection.HasSuffix(module, suffix)));
        CheckAll("exclude_modules", ExcludeModules?.Suffixes, suffix => modules.Any(module => ModuleSelection.HasSuffix(module, suffix)));
        CheckAll("modules_to_save", ModulesToSave?.Where(name => name != "classifier"), suffix => modules.Any(module => ModuleSelection.HasSuffix(module, suffix)));
        CheckAll("layers_to_transform", LayersToTransform, layer => layer >= 0 && layer < config.Layers);
        CheckAll("rank_pattern", RankPattern?.Keys, pattern => targets.Any(module => ModuleSelection.MatchesEnd(pattern, module)));
        CheckAll("alpha_pattern", AlphaPattern?.Keys, pattern => targets.Any(module => ModuleSelection.MatchesEnd(pattern, module)));

        void CheckAll<T>(string key, IEnumerable<T>? names, Func<T, bool> fits)
        {
            foreach (T name in names ?? [])
            {
                if (!fits(name))
                {
                    throw new InvalidDataException($"{source}: {key} '{name}' fits no module of the base; there are h.0 to h.{config.Layers - 1} with attn.c_attn, attn.c_proj, mlp.c_fc and mlp.c_proj, and more to save whole.");
                }
            }
        }
    }
}
